import type { QueueId, TableId } from "./resources.ts";
import type { VariableName } from "./settings.ts";

interface StackOutput {
  meaning: string;
  /** The setting that a program has to have to work with this stack. */
  variable?: VariableName;
}

/**
 * What a deployed stack says of itself, by the keys of its CloudFormation outputs. The stack writes them, the command line
 * reads them. Beside these, each table and queue has one.
 */
export const STACK_OUTPUTS = {
  AgentUrl: { meaning: "Address for agents that speak Connect or gRPC-web" },
  CloudFrontDomain: { meaning: "Where domainName's CNAME record has to point to; only with a domain of one's own" },
  EdgeAddress: { meaning: "Host and port for agents that speak native gRPC, over TLS; only with the gRPC edge" },
  ResourcePrefix: { meaning: "What the names of tables and queues start with", variable: "FLASHPOINT_STACK" },
  ProfileBucket: { meaning: "Bucket that keeps profiles", variable: "FLASHPOINT_PROFILE_BUCKET" },
  CollectorNetworks: {
    meaning: "CIDR blocks that collectors may be in beside public addresses; only if there are any",
    variable: "FLASHPOINT_COLLECTOR_NETWORKS",
  },
  DashboardUrl: { meaning: "Where to see how it is doing" },
  AlarmTopic: { meaning: "SNS topic that alarms are sent to" },
} as const satisfies Record<string, StackOutput>;

export type StackOutputKey = keyof typeof STACK_OUTPUTS;

/** Key of the output that has a table's name. */
export function tableOutput(table: TableId): string {
  return `${capitalized(table)}Table`;
}

/** Key of the output that has a queue's URL. */
export function queueOutput(queue: QueueId): string {
  return `${capitalized(queue)}Queue`;
}

/** Key of the output that has the URL of a queue's dead letters. */
export function deadLetterQueueOutput(queue: QueueId): string {
  return `${capitalized(queue)}DeadLetters`;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
