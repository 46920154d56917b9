import { loadConfig } from "../../shared/config.ts";
import { InvalidInput } from "../../shared/errors.ts";
import { type Settings, VARIABLES, type VariableName } from "../../shared/settings.ts";
import { type Context, createContext } from "./context.ts";
import { type EdgeOptions, readEdgeOptions } from "./edge-options.ts";
import { CERTIFICATE_ARN, SECRET_ARN } from "./forms.ts";
import { OPTIONS, type OptionName } from "./options.ts";

export interface StackOptions {
  readonly stackName: string;
  /** What the names of tables, queues and functions start with. */
  readonly prefix: string;
  readonly stage: "production" | "development";
  /** undefined: none is reserved. */
  readonly reservedConcurrency: number | undefined;
  readonly dispatcherConcurrency: number;
  readonly forwarderConcurrency: number;
  readonly monitoring: boolean;
  readonly alarmEmail: string | undefined;
  readonly logRetentionDays: number;
  /** undefined: named after the account and the region. */
  readonly profileBucket: string | undefined;
  readonly profileRetentionDays: number;
  readonly collectorNetworks: readonly string[];
  /** ARNs. */
  readonly collectorSecrets: readonly string[];
  readonly customDomain: CustomDomain | undefined;
  readonly edge: EdgeOptions | undefined;
  /** What functions and edge are told, but for the bucket's name, which the stack makes. */
  readonly settings: Settings;
}

export interface CustomDomain {
  readonly name: string;
  readonly certificateArn: string;
}

/** Longer ones leave no room for the longest name in AWS that starts with it, a function's (64). */
const NAME = /^[a-zA-Z][a-zA-Z0-9-]{0,39}$/;
/** 63 characters of a bucket's name, less -profiles-, twelve of the account, a dash and the longest region's fourteen. */
const LONGEST_IN_BUCKET = 26;
const NAME_TAKES = "a letter, then letters, digits and dashes, 40 at most";
/** What CloudWatch Logs takes: "retentionInDays" of PutRetentionPolicy in its API reference. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653,
];

/**
 * @param given what the user said, by option; of the rest, what is not the CDK's own is a fault.
 * @throws InvalidInput with every fault, each named by its option.
 */
export function readOptions(given: Readonly<Record<string, unknown>>): StackOptions {
  const context = createContext(given);
  const { fault, text, textOf, listOf, integer, oneOf, isGiven } = context;
  for (const name of Object.keys(given).filter((name) => !isOfTheCdk(name) && !(name in OPTIONS))) {
    fault(name, `is no option; there are ${Object.keys(OPTIONS).join(", ")}`);
  }
  const stackName = textOf("stackName", NAME, NAME_TAKES);
  const prefix = textOf("prefix", NAME, NAME_TAKES) || stackName;
  const reserved = text("reservedConcurrency");
  const logRetentionDays = Number(text("logRetentionDays"));
  if (!LOG_RETENTION_DAYS.includes(logRetentionDays)) {
    fault("logRetentionDays", `is "${text("logRetentionDays")}"; it takes one of ${LOG_RETENTION_DAYS.join(", ")}`);
  }
  oneOf("requireToken", ["true", "false"]);
  const settings = readSettings(context, prefix);
  const edge = oneOf("edge", ["false", "true"]) === "true";
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    if (!edge && /^edge./.test(name) && isGiven(name)) fault(name, "is given without edge=true");
  }
  const monitoring = oneOf("monitoring", ["true", "false"]) === "true";
  if (!monitoring && isGiven("alarmEmail")) fault("alarmEmail", "is given, but monitoring=false leaves the alarms out");
  if (prefix.length > LONGEST_IN_BUCKET && !isGiven("profileBucket")) {
    const why = `a prefix of more than ${LONGEST_IN_BUCKET} characters makes the bucket's own name too long`;
    fault("profileBucket", `is missing: ${why}`);
  }

  const options: StackOptions = {
    stackName,
    prefix,
    stage: oneOf("stage", ["production", "development"]),
    reservedConcurrency: reserved === "none" ? undefined : integer("reservedConcurrency", 1, 1_000),
    dispatcherConcurrency: integer("dispatcherConcurrency", 2, 1_000), // 2 is the least that SQS event sources take
    forwarderConcurrency: integer("forwarderConcurrency", 2, 1_000),
    monitoring,
    alarmEmail: textOf("alarmEmail", /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/, "an e-mail address") || undefined,
    logRetentionDays,
    profileBucket: text("profileBucket") || undefined,
    profileRetentionDays: Number(text("profileRetentionDays")),
    collectorNetworks: context.list("collectorNetworks"),
    collectorSecrets: listOf("collectorSecrets", SECRET_ARN, "the whole ARN of a secret in Secrets Manager"),
    customDomain: readCustomDomain(context),
    edge: edge ? readEdgeOptions(context) : undefined,
    settings,
  };
  if (context.faults.length > 0) throw new InvalidInput("options", context.faults);
  return options;
}

/** The CDK keeps its feature flags, its settings and what it has looked up in the same place; ours have letters only. */
function isOfTheCdk(name: string): boolean {
  return !/^[a-zA-Z]+$/.test(name);
}

/** Those that were given; the functions have the same defaults. Their own rules judge them, under the options' names. */
function readSettings({ faults, fault, text }: Context, prefix: string): Settings {
  const variables = Object.entries(OPTIONS).flatMap(([name, option]) =>
    "variable" in option ? [{ name: name as OptionName, variable: option.variable }] : [],
  );
  const changed = variables.filter(({ name, variable }) => text(name) !== "" && text(name) !== defaultOf(variable));
  const settings = {
    ...Object.fromEntries(changed.map(({ name, variable }) => [variable, text(name)])),
    FLASHPOINT_STACK: prefix,
  };
  try {
    loadConfig(settings);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    for (const { path, problem } of error.faults) {
      const option = variables.find(({ variable }) => variable === path)?.name ?? path;
      const isKnown = faults.some(({ path }) => path === option);
      if (option !== "prefix" && !isKnown) fault(option, problem); // the prefix has a stricter rule of its own
    }
  }
  return settings;
}

function readCustomDomain({ fault, text, textOf }: Context): CustomDomain | undefined {
  const name = textOf("domainName", /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "a domain name in small letters");
  const certificateArn = textOf("certificateArn", CERTIFICATE_ARN, "the ARN of an ACM certificate");
  if ((name === "") !== (certificateArn === "")) {
    fault(name === "" ? "domainName" : "certificateArn", "is missing; CloudFront takes a domain and its certificate");
  }
  if (CERTIFICATE_ARN.test(certificateArn) && certificateArn.split(":")[3] !== "us-east-1") {
    fault("certificateArn", `is of ${text("certificateArn").split(":")[3]}; CloudFront takes those of us-east-1`);
  }
  return name === "" ? undefined : { name, certificateArn };
}

function defaultOf(variable: VariableName): string {
  return VARIABLES[variable].default;
}
