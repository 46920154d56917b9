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
