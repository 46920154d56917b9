import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { isConditionFailure, isRefusedRequest, withinDeadline } from "../aws/deadline.ts";
import { isKey } from "../aws/key.ts";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import { type Delivery, dayOf, readTaskItem, type TaskRecord, writeTaskItem } from "./task-item.ts";

export interface TaskStore {
  /**
   * Records a task once, with a pending delivery for each collector. Called again with the same task, it changes
   * nothing and returns what was recorded first.
   */
  record(task: ProfilingTask, collectors: readonly string[]): Promise<{ record: TaskRecord; isNew: boolean }>;
  /** Notes how an attempt ended. What is delivered stays delivered. A record that is gone or broken is passed over. */
  recordAttempt(taskId: string, collector: string, outcome: Pick<Delivery, "status" | "lastError">): Promise<void>;
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

  async function get(taskId: string): Promise<TaskRecord | undefined> {
    if (!isKey(taskId)) return undefined;
    const { Item } = await withinDeadline("DynamoDB", (abortSignal) =>
      documents.send(new GetCommand({ TableName: table, Key: { taskId }, ConsistentRead: true }), { abortSignal }),
    );
    return Item === undefined ? undefined : readTaskItem(Item);
  }

  async function query(index: "byService" | "byDay", key: string, limit: number): Promise<TaskRecord[]> {
    const records: TaskRecord[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page: QueryCommandOutput = await withinDeadline("DynamoDB", (abortSignal) =>
        documents.send(
          new QueryCommand({
            TableName: table,
            IndexName: index,
            KeyConditionExpression: "#key = :key",
            ExpressionAttributeNames: { "#key": index === "byService" ? "serviceName" : "day" },
            ExpressionAttributeValues: { ":key": key },
            ScanIndexForward: false, // task ids are UUIDv7: their order is the order of time
            Limit: limit - records.length,
            ExclusiveStartKey,
          }),
          { abortSignal },
        ),
      );
      records.push(...(page.Items ?? []).flatMap((item) => readTaskItem(item) ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey; // a page ends at 1 MB, be the limit reached or not
    } while (ExclusiveStartKey !== undefined && records.length < limit);
    return records;
  }

  return {
    async record(task, collectors) {
      const pending: Delivery = { status: "pending", attempts: 0, at: new Date(now()).toISOString() };
      const deliveries = Object.fromEntries(collectors.map((collector) => [collector, pending]));
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

    async recordAttempt(taskId, collector, { status, lastError }) {
      try {
        await withinDeadline("DynamoDB", (abortSignal) =>
          documents.send(
            new UpdateCommand({
              TableName: table,
              Key: { taskId },
              UpdateExpression:
                "SET deliveries.#name.#status = :status, deliveries.#name.#at = :now, " +
                "deliveries.#name.attempts = deliveries.#name.attempts + :one" +
                (lastError === undefined
                  ? " REMOVE deliveries.#name.lastError"
                  : ", deliveries.#name.lastError = :error"),
              ConditionExpression: "attribute_exists(deliveries.#name) AND deliveries.#name.#status <> :delivered",
              ExpressionAttributeNames: { "#name": collector, "#status": "status", "#at": "at" },
              ExpressionAttributeValues: {
                ":status": status,
                ":now": new Date(now()).toISOString(),
                ":one": 1,
                ":delivered": "delivered",
                ...(lastError !== undefined && { ":error": lastError }),
              },
            }),
            { abortSignal },
          ),
        );
      } catch (error) {
        // Failing here would send the event again. A record that a hand has broken is not worth that.
        if (!isConditionFailure(error) && !isRefusedRequest(error)) throw error;
      }
    },

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
