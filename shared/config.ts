import { resolve } from "node:path";
import { networkProblem } from "./egress/network-text.ts";
import { type Fault, InvalidInput } from "./errors.ts";
import { defaultProfileBucket } from "./resources.ts";

/**
 * Every setting: its variable, its meaning and its default. Nobody else reads the environment; the AWS SDK's own
 * variables (AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, …) stay the SDK's.
 */
export const VARIABLES = {
  FLASHPOINT_STACK: {
    meaning: "Name of the stack; the names of tables, queues and the bucket start with it",
    default: "flashpoint",
  },
  FLASHPOINT_LOG_LEVEL: {
    meaning: "Least level that is logged: trace, debug, info, warn, error or silent",
    default: "info",
  },
  FLASHPOINT_POLICY_CACHE_MS: {
    meaning: "How long a policy that was read is served without asking DynamoDB again, in ms (0 to 60000)",
    default: "2000",
  },
  FLASHPOINT_POLICY_CACHE_ENTRIES: {
    meaning: "How many services the policy cache holds at most (1 to 1000000)",
    default: "10000",
  },
  FLASHPOINT_MAX_SERVICES_PER_QUERY: {
    meaning: "How many services one poll may name; above it the answer is RESOURCE_EXHAUSTED (1 to 10000)",
    default: "5000",
  },
  FLASHPOINT_TASK_RETENTION_DAYS: {
    meaning: "After how many days a task record expires (1 to 3650)",
    default: "30",
  },
  FLASHPOINT_RETRY_SCHEDULE: {
    meaning: "Seconds between one attempt to deliver and the next, one number for each retry (1 to 15 of 1 to 43200)",
    default: "5,30,120,600,1800,3600,7200,14400,28800,43200",
  },
  FLASHPOINT_COLLECTOR_NETWORKS: {
    meaning: "CIDR blocks that collectors may be in beside public addresses, also over http; local adds loopback",
    default: "",
  },
  FLASHPOINT_PROFILE_BUCKET: {
    meaning: "Bucket that keeps profiles; without it, the stack's name in small letters and -profiles",
    default: "",
  },
  FLASHPOINT_PROFILE_RETENTION_DAYS: {
    meaning: "After how many days a profile and its record expire (1 to 3650)",
    default: "7",
  },
  FLASHPOINT_PROFILE_LINK_SECONDS: {
    meaning: "How long the download link of a profile works that a collector gets (60 to 604800)",
    default: "3600",
  },
  FLASHPOINT_ON_CPU_PERIOD_US: {
    meaning: "CPU time that one ON_CPU sample stands for, in µs, as the agents are configured (1 to 10000000)",
    default: "9000",
  },
  FLASHPOINT_REQUIRE_TOKEN: {
    meaning: "Whether agents have to send a token with every call: true or false",
    default: "false",
    flag: "require-token",
    isSwitch: true,
  },
  FLASHPOINT_REPORTS_PER_MINUTE: {
    meaning:
      "How many tasks may be reported with one token, a minute and process; RESOURCE_EXHAUSTED above (1 to 1000000)",
    default: "1200",
  },
  FLASHPOINT_HOST: {
    meaning: "Address that the server listens on; 0.0.0.0 for all",
    default: "127.0.0.1",
    flag: "host",
  },
  FLASHPOINT_GRPC_PORT: {
    meaning: "Port for native gRPC; 0 picks a free one",
    default: "11800",
    flag: "grpc-port",
  },
  FLASHPOINT_HTTP_PORT: {
    meaning: "Port for Connect, gRPC-web, health and metrics; 0 picks a free one",
    default: "12800",
    flag: "http-port",
  },
  FLASHPOINT_TLS_CERT: {
    meaning: "PEM file with the gRPC port's certificate chain; without it the port speaks cleartext",
    default: "",
    flag: "tls-cert",
  },
  FLASHPOINT_TLS_KEY: {
    meaning: "PEM file with the certificate's private key",
    default: "",
    flag: "tls-key",
  },
  FLASHPOINT_MAX_CONNECTIONS: {
    meaning: "Most connections that each of the two ports has open; further ones are closed at once (1 to 1000000)",
    default: "10000",
  },
  FLASHPOINT_OPERATOR_NETWORKS: {
    meaning: "CIDR blocks that may ask for metrics, measured values and reflection, beside this machine itself",
    default: "",
  },
  FLASHPOINT_EMF: {
    meaning: "Whether npm run serve writes its metrics to standard output too, for CloudWatch: true or false",
    default: "false",
  },
  FLASHPOINT_DYNAMODB_PORT: {
    meaning: "Local mode: port of the embedded DynamoDB; 0 picks a free one",
    default: "8000",
    flag: "dynamodb-port",
  },
  FLASHPOINT_SQS_PORT: {
    meaning: "Local mode: port of the embedded SQS and S3; 0 picks a free one",
    default: "4566",
    flag: "sqs-port",
  },
  FLASHPOINT_DATA_DIR: {
    meaning: "Local mode: folder that keeps tables, queues and profiles",
    default: ".flashpoint",
    flag: "data-dir",
  },
} as const satisfies Record<string, Variable>;

interface Variable {
  meaning: string;
  default: string;
  /** The server's command-line flag for the same setting, without dashes. */
  flag?: string;
  /** Whether the flag takes no value: given, it means true. */
  isSwitch?: boolean;
}

export type VariableName = keyof typeof VARIABLES;
/** Settings by variable name; unset or blank means the default. */
export type Settings = { readonly [name in VariableName]?: string | undefined };

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
