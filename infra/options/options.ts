import { VARIABLES, type VariableName } from "../../shared/settings.ts";

interface Option {
  meaning: string;
  /** What holds without it, as text. */
  default: string;
  /** The functions' setting that it becomes; the setting's own rule decides what is valid. */
  variable?: VariableName;
}

/** Every option of the stack. All are given as context: `-c name=value`, or under `context` in cdk.json. */
export const OPTIONS = {
  stackName: {
    meaning: "Name of the CloudFormation stack, and what the names in it start with",
    default: "flashpoint",
  },
  prefix: {
    meaning: "What the names of tables, queues and functions start with, if not with the stack's name",
    default: "",
    variable: "FLASHPOINT_STACK",
  },
  stage: {
    meaning: "production keeps tables and profiles when the stack is deleted; development deletes them too",
    default: "production",
  },
  requireToken: {
    meaning: "Whether agents need a token (true or false); without, whoever knows the address gets in",
    default: "true",
    variable: "FLASHPOINT_REQUIRE_TOKEN",
  },
  reservedConcurrency: {
    meaning:
      "How many agents' calls run at once at most, kept free for them (1 to 1000; ten times as many a second); none sets no limit",
    default: "100",
  },
  dispatcherConcurrency: { meaning: "How many batches of tasks are worked off at once (2 to 1000)", default: "5" },
  forwarderConcurrency: { meaning: "How many batches of deliveries are worked off at once (2 to 1000)", default: "20" },
  monitoring: {
    meaning: "Whether a dashboard and alarms are part of the stack (true or false)",
    default: "true",
  },
  alarmEmail: { meaning: "Where alarms are mailed to; AWS asks the address to confirm", default: "" },
  logRetentionDays: { meaning: "After how many days log lines expire, as CloudWatch Logs knows them", default: "30" },
  logLevel: setting("FLASHPOINT_LOG_LEVEL"),
  taskRetentionDays: setting("FLASHPOINT_TASK_RETENTION_DAYS"),
  profileRetentionDays: setting("FLASHPOINT_PROFILE_RETENTION_DAYS"),
  profileLinkSeconds: setting("FLASHPOINT_PROFILE_LINK_SECONDS"),
  profileBucket: {
    meaning:
      "Name of the bucket that is made for profiles; without it, prefix in small letters, -profiles-, account and region",
    default: "",
    variable: "FLASHPOINT_PROFILE_BUCKET",
  },
  onCpuPeriodMicros: setting("FLASHPOINT_ON_CPU_PERIOD_US"),
  retrySchedule: setting("FLASHPOINT_RETRY_SCHEDULE"),
  collectorNetworks: {
    meaning: "CIDR blocks that collectors may be in beside public addresses, also over http",
    default: "",
    variable: "FLASHPOINT_COLLECTOR_NETWORKS",
  },
  collectorSecrets: {
    meaning: "ARNs of secrets that collectors use, beside those in Secrets Manager whose names start with prefix/",
    default: "",
  },
  policyCacheMs: setting("FLASHPOINT_POLICY_CACHE_MS"),
  maxServicesPerQuery: setting("FLASHPOINT_MAX_SERVICES_PER_QUERY"),
  reportsPerMinute: setting("FLASHPOINT_REPORTS_PER_MINUTE"),
  domainName: { meaning: "Domain of the agents' address, by CloudFront; takes certificateArn too", default: "" },
  certificateArn: { meaning: "ACM certificate for domainName, in us-east-1", default: "" },
  edge: {
    meaning: "Whether a gRPC edge on Fargate, which unmodified Rovers need, is part of the stack (true or false)",
    default: "false",
  },
  edgeCertificateArn: {
    meaning:
      "ACM certificate of the edge, in the stack's region; without it, deploying takes --parameters EdgeCertificateArn=ARN",
    default: "",
  },
  edgeAllowedCidrs: { meaning: "CIDR blocks that may reach the edge", default: "0.0.0.0/0" },
  edgeMinTasks: { meaning: "Least number of the edge's tasks (1 to 100)", default: "2" },
  edgeMaxTasks: { meaning: "Greatest number of the edge's tasks (1 to 100)", default: "10" },
  edgeZones: {
    meaning: "In how many zones the edge stands (1 or 2); with one, it is away while that zone is",
    default: "2",
  },
  edgeCpu: { meaning: "Processor of each of the edge's tasks, in 1024ths of one (256, 512 or 1024)", default: "512" },
  edgeMemory: {
    meaning:
      "Memory of each of the edge's tasks, in MiB (from two to eight times edgeCpu; 40 KB for each agent, and 200 MiB)",
    default: "1024",
  },
  edgeMaxConnections: {
    meaning: "How many connections each of the edge's tasks has open at most, one for each agent (1 to 60000)",
    default: VARIABLES.FLASHPOINT_MAX_CONNECTIONS.default,
  },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;

function setting<Name extends VariableName>(variable: Name) {
  const { meaning, default: standard } = VARIABLES[variable];
  return { meaning, default: standard, variable };
}
