import { resolve } from "node:path";
import { networkProblem } from "./egress/network-text.ts";
import { type Fault, InvalidInput } from "./errors.ts";
import { defaultProfileBucket } from "./resources.ts";
import { type Settings, VARIABLES, type VariableName } from "./settings.ts";

/** With the longest waits that is still shorter than the queue of deliveries keeps a message (resources.ts). */
const MAX_RETRIES = 15;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

export interface Config {
  readonly stack: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly policyCacheMs: number;
  readonly policyCacheEntries: number;
  readonly maxServicesPerQuery: number;
  readonly taskRetentionDays: number;
  readonly retrySchedule: readonly number[];
  /** CIDR blocks. */
  readonly collectorNetworks: readonly string[];
  readonly profileBucket: string;
  readonly profileRetentionDays: number;
  readonly profileLinkSeconds: number;
  readonly onCpuPeriodMicros: number;
  readonly requireToken: boolean;
  readonly reportsPerMinute: number;
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly maxConnections: number;
  /** CIDR blocks. */
  readonly operatorNetworks: readonly string[];
  /** CloudWatch's embedded metric format. */
  readonly emf: boolean;
  readonly dynamodbPort: number;
  readonly sqsPort: number;
  /** Absolute. */
  readonly dataDir: string;
}

/**
 * Reads the settings that were given, later ones winning over earlier ones.
 * @throws InvalidInput with every fault, each named by its variable.
 */
export function loadConfig(...sources: Settings[]): Config {
  const faults: Fault[] = [];
  const fault = (path: VariableName, problem: string): void => void faults.push({ path, problem });
  const text = (name: VariableName): string => {
    const given = sources.map((source) => source[name]).filter((value) => value !== undefined && value !== "");
    return given.at(-1) ?? VARIABLES[name].default;
  };
  const integer = (name: VariableName, least: number, most: number): number => {
    const value = Number(text(name));
    if (!/^\d+$/.test(text(name)) || value < least || value > most) {
      fault(name, `is "${text(name)}"; it takes a whole number from ${least} to ${most}`);
    }
    return value;
  };
  const port = (name: VariableName): number => integer(name, 0, 65_535);
  const truth = (name: VariableName): boolean => {
    if (!["true", "false"].includes(text(name))) fault(name, `is "${text(name)}"; it takes true or false`);
    return text(name) === "true";
  };
  const listed = (name: VariableName): string[] =>
    text(name)
      .split(",")
      .map((item) => item.trim());

  const stack = text("FLASHPOINT_STACK");
  if (!/^[a-zA-Z][a-zA-Z0-9-]{0,62}$/.test(stack)) {
    fault("FLASHPOINT_STACK", `is "${stack}"; it takes a letter, then letters, digits and dashes, 63 at most`);
  }
  const logLevel = LOG_LEVELS.find((level) => level === text("FLASHPOINT_LOG_LEVEL"));
  if (logLevel === undefined) {
    fault("FLASHPOINT_LOG_LEVEL", `is "${text("FLASHPOINT_LOG_LEVEL")}"; it takes one of ${LOG_LEVELS.join(", ")}`);
  }
  const retrySchedule = listed("FLASHPOINT_RETRY_SCHEDULE");
  const isWait = (wait: string): boolean => /^\d{1,5}$/.test(wait) && Number(wait) >= 1 && Number(wait) <= 43_200;
  if (retrySchedule.length > MAX_RETRIES || !retrySchedule.every(isWait)) {
    fault(
      "FLASHPOINT_RETRY_SCHEDULE",
      `is "${retrySchedule.join(",")}"; it takes 1 to ${MAX_RETRIES} numbers from 1 to 43200, with commas between`,
    );
  }
  const networksOf = (name: VariableName): readonly string[] => {
    const networks = text(name) === "" ? [] : listed(name);
    const bad = networks.flatMap((network) => networkProblem(network) ?? []);
    if (bad.length > 0) fault(name, `takes CIDR blocks with commas between: ${bad.join(", ")}`);
    return Object.freeze(networks);
  };
  const bucket = text("FLASHPOINT_PROFILE_BUCKET");
  if (bucket !== "" && !/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)) {
    fault(
      "FLASHPOINT_PROFILE_BUCKET",
      `is "${bucket}"; it takes 3 to 63 small letters, digits and dashes, no dash at either end`,
    );
  }
  const certFile = text("FLASHPOINT_TLS_CERT");
  const keyFile = text("FLASHPOINT_TLS_KEY");
  if ((certFile === "") !== (keyFile === "")) {
    const missing = certFile === "" ? "FLASHPOINT_TLS_CERT" : "FLASHPOINT_TLS_KEY";
    fault(missing, "is missing; TLS takes a certificate file and a key file");
  }

  const config: Config = {
    stack,
    logLevel: logLevel ?? "info",
    policyCacheMs: integer("FLASHPOINT_POLICY_CACHE_MS", 0, 60_000),
    policyCacheEntries: integer("FLASHPOINT_POLICY_CACHE_ENTRIES", 1, 1_000_000),
    maxServicesPerQuery: integer("FLASHPOINT_MAX_SERVICES_PER_QUERY", 1, 10_000),
    taskRetentionDays: integer("FLASHPOINT_TASK_RETENTION_DAYS", 1, 3_650),
    retrySchedule: Object.freeze(retrySchedule.map(Number)),
    collectorNetworks: networksOf("FLASHPOINT_COLLECTOR_NETWORKS"),
    profileBucket: bucket || defaultProfileBucket(stack),
    profileRetentionDays: integer("FLASHPOINT_PROFILE_RETENTION_DAYS", 1, 3_650),
    profileLinkSeconds: integer("FLASHPOINT_PROFILE_LINK_SECONDS", 60, 604_800),
    onCpuPeriodMicros: integer("FLASHPOINT_ON_CPU_PERIOD_US", 1, 10_000_000),
    requireToken: truth("FLASHPOINT_REQUIRE_TOKEN"),
    reportsPerMinute: integer("FLASHPOINT_REPORTS_PER_MINUTE", 1, 1_000_000),
    host: text("FLASHPOINT_HOST"),
    grpcPort: port("FLASHPOINT_GRPC_PORT"),
    httpPort: port("FLASHPOINT_HTTP_PORT"),
    tls: certFile === "" || keyFile === "" ? undefined : Object.freeze({ certFile, keyFile }),
    maxConnections: integer("FLASHPOINT_MAX_CONNECTIONS", 1, 1_000_000),
    operatorNetworks: networksOf("FLASHPOINT_OPERATOR_NETWORKS"),
    emf: truth("FLASHPOINT_EMF"),
    dynamodbPort: port("FLASHPOINT_DYNAMODB_PORT"),
    sqsPort: port("FLASHPOINT_SQS_PORT"),
    dataDir: resolve(text("FLASHPOINT_DATA_DIR")),
  };
  if (faults.length > 0) throw new InvalidInput("configuration", faults);
  return Object.freeze(config);
}
