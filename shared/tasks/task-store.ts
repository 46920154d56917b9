import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "../aws/deadline.ts";
import { isKey } from "../aws/key.ts";
import { queryItems } from "../aws/query.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { createAttemptRecorder } from "../deliveries/attempt-recorder.ts";
import { type Attempt, pendingDeliveries } from "../deliveries/delivery.ts";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import { dayOf, readTaskItem, type TaskRecord, writeTaskItem } from "./task-item.ts";

export interface TaskStore {
  /**
   * Records a task once, with a pending delivery for each collector. Called again with the same task, it changes
   * nothing and returns what was recorded first.
   */
  record(task: ProfilingTask, collectors: readonly string[]): Promise<{ record: TaskRecord; isNew: boolean }>;
  /** Notes how an attempt ended. What is delivered stays delivered. A record that is gone or broken is passed over. */
  recordAttempt(taskId: string, collector: string, attempt: Attempt): Promise<void>;
  get(taskId: string): Promise<TaskRecord | undefined>;
  /** Newest first. */
  list(query: { serviceName?: string; limit: number }): Promise<TaskRecord[]>;
}

const DAY_MS = 86_400_000;

export function createTaskStore(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  retentionDays: number;
  now?: () => number;
}): TaskStore {
  const { documents, table, retentionDays, now = Date.now } = options;
  const recordAttempt = createAttemptRecorder({ documents, table, now });

  async function get(taskId: string): Promise<TaskRecord | undefined> {
    if (!isKey(taskId)) return undefined;
    const { Item } = await withinDeadline("DynamoDB", (abortSignal) =>
      documents.send(new GetCommand({ TableName: table, Key: { taskId }, ConsistentRead: true }), { abortSignal }),
    );
    return Item === undefined ? undefined : readTaskItem(Item);
  }

  async function query(index: "byService" | "byDay", key: string, limit: number): Promise<TaskRecord[]> {
    const records: TaskRecord[] = [];
    const items = queryItems(documents, {
      TableName: table,
      IndexName: index,
      KeyConditionExpression: "#key = :key",
      ExpressionAttributeNames: { "#key": index === "byService" ? "serviceName" : "day" },
      ExpressionAttributeValues: { ":key": key },
      ScanIndexForward: false, // task ids are UUIDv7: their order is the order of time
      Limit: limit,
    });
    for await (const item of items) {
      const record = readTaskItem(item);
      if (record !== undefined) records.push(record);
      if (records.length >= limit) break;
    }
    return records;
  }

  return {
    async record(task, collectors) {
      const deliveries = pendingDeliveries(collectors, now());
      try {
        await withinDeadline("DynamoDB", (abortSignal) =>
          documents.send(
            new PutCommand({
              TableName: table,
              Item: writeTaskItem({ task, deliveries }, { retentionDays, now: now() }),
              ConditionExpression: "attribute_not_exists(taskId)",
            }),
            { abortSignal },
          ),
        );
        return { record: { task, deliveries }, isNew: true };
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        return { record: (await get(task.taskId)) ?? { task, deliveries }, isNew: false };
      }
    },

    recordAttempt: (taskId, collector, attempt) => recordAttempt({ taskId }, collector, attempt),

    get,

    async list({ serviceName, limit }) {
      if (serviceName !== undefined) return isKey(serviceName) ? query("byService", serviceName, limit) : [];
      const records: TaskRecord[] = [];
      // Until enough are found, day by day as far back as records are kept.
      for (let daysAgo = 0; daysAgo <= retentionDays && records.length < limit; daysAgo++) {
        records.push(...(await query("byDay", dayOf(now() - daysAgo * DAY_MS), limit - records.length)));
      }
      return records;
    },
  };
}
