/**
 * Every table, queue and bucket, defined once. The stack and the embedded set-up both read this, so what runs on one
 * machine is what runs in AWS.
 */

export interface TableDefinition {
  /** Attribute of the partition key; always a string. */
  key: string;
  /** Attribute of the sort key, for tables that have one; always a string. */
  sortKey?: string;
  /** Global secondary indexes, all attributes projected; both keys are strings. */
  indexes?: Record<string, { partitionKey: string; sortKey: string }>;
  /** Attribute that holds the expiry, in seconds since the epoch. */
  ttl?: string;
}

export interface QueueDefinition {
  /** How long one batch may take before its handler is cut off. */
  handlerTimeoutSeconds: number;
  /**
   * How long a received message stays hidden; AWS asks for at least six times the handler's timeout, and the batch window.
   */
  visibilityTimeoutSeconds: number;
  /** How long an unprocessed message is kept. */
  retentionSeconds: number;
  /** How often a message is received before it moves to the dead letters. */
  maxReceives: number;
  /** Messages handed to the handler at once. */
  batchSize: number;
  /** How long AWS waits for a batch to fill. */
  batchWindowSeconds: number;
}

export const TABLES = {
  policies: { key: "serviceName" },
  /** The last revisions of each policy; the sort key is the revision's number as text of a fixed length. */
  policyHistory: { key: "serviceName", sortKey: "revision" },
  tasks: {
    key: "taskId",
    indexes: {
      byService: { partitionKey: "serviceName", sortKey: "taskId" },
      byDay: { partitionKey: "day", sortKey: "taskId" },
    },
    ttl: "expiresAt",
  },
  /** What was sampled for a task: an item for each profile. */
  profiles: { key: "taskId", sortKey: "profileId", ttl: "expiresAt" },
  /** Which task a report became, by what it says, and which task an id means that is not recorded itself. */
  reports: { key: "reportKey", ttl: "expiresAt" },
  /** Which tasks of a service and target are active, where its policy has a budget for them. */
  budgets: { key: "serviceName", sortKey: "target", ttl: "expiresAt" },
  collectors: { key: "name" },
  /** Who may call, kept as hashes. Nothing expires by itself: an operator wants to see why a token does not work. */
  tokens: { key: "tokenHash" },
  /** What an agent watches; more than fits into one item goes on in parts "1", "2", … */
  agents: { key: "agentId", sortKey: "part", ttl: "expiresAt" },
} as const satisfies Record<string, TableDefinition>;

const DAY_SECONDS = 86_400;

/**
 * The most that SQS takes. What cannot be processed is put to the dead letters with a reason long before; this is for
 * messages that end their process each time. Fewer would make an outage of the engines cost reports.
 */
const MAX_RECEIVES = 1_000;

export const QUEUES = {
  tasks: {
    handlerTimeoutSeconds: 10,
    visibilityTimeoutSeconds: 70,
    retentionSeconds: 14 * DAY_SECONDS,
    maxReceives: MAX_RECEIVES,
    batchSize: 10,
    batchWindowSeconds: 1,
  },
  deliveries: {
    handlerTimeoutSeconds: 20,
    visibilityTimeoutSeconds: 130,
    retentionSeconds: 14 * DAY_SECONDS,
    maxReceives: MAX_RECEIVES,
    batchSize: 10,
    batchWindowSeconds: 1,
  },
} as const satisfies Record<string, QueueDefinition>;

export type TableId = keyof typeof TABLES;
export type QueueId = keyof typeof QUEUES;

export function tableName(stack: string, table: TableId): string {
  return `${stack}-${table.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

export function queueName(stack: string, queue: QueueId): string {
  return `${stack}-${queue}`;
}

/** Bucket that keeps profiles if the configuration names no other. Bucket names know no capital letters. */
export function defaultProfileBucket(stack: string): string {
  return `${stack.toLowerCase()}-profiles`.slice(-63).replace(/^-+/, "");
}

/** Where messages of a queue end up that could not be processed. */
export function deadLetterQueueName(stack: string, queue: QueueId): string {
  return `${queueName(stack, queue)}-dead`;
}
