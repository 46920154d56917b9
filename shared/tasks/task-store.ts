import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { withinDeadline } from "../aws/deadline.ts";
import { isKey } from "../aws/key.ts";
import { queryItems } from "../aws/query.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { type Attempt, type Delivery, pendingDeliveries } from "../deliveries/delivery.ts";
import { createDeliveryRecorder } from "../deliveries/delivery-recorder.ts";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import { dayOf, readTaskItem, type TaskRecord, writeTaskItem } from "./task-item.ts";

export interface TaskStore {
  /**
   * Records a task once, with a pending delivery for each collector. Called again with the same task, it changes
   * nothing and returns what was recorded first.
   */
  record(task: ProfilingTask, collectors: readonly string[]): Promise<{ record: TaskRecord; isNew: boolean }>;
  /**
   * Notes how an attempt ended.
   * @returns whether it is noted; it is not if it was delivered before, or the record is gone, full or broken.
   */
  recordAttempt(taskId: string, collector: string, attempt: Attempt): Promise<boolean>;
  /** Where the delivery of a task to one collector stands. */
  findDelivery(taskId: string, collector: string): Promise<Delivery | undefined>;
  /**
   * Makes a delivery pending again, its attempts counted anew.
   * @returns whether it is; it is not if it was delivered, or there is no record of it.
   */
  restartDelivery(taskId: string, collector: string): Promise<boolean>;
  get(taskId: string): Promise<TaskRecord | undefined>;
  /** Newest first. */
  list(query: { serviceName?: string; limit: number }): Promise<TaskRecord[]>;
  /**
   * Newest first, read page by page as they are taken.
   * @param query.sinceMs leaves out what was reported before, ms since the epoch.
   * @param query.pageSize how many are read at once.
   */
  newestFirst(query: { serviceName?: string; sinceMs?: number; pageSize: number }): AsyncGenerator<TaskRecord>;
}

const DAY_MS = 86_400_000;

export function createTaskStore(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  retentionDays: number;
  now?: () => number;
}): TaskStore {
  const { documents, table, retentionDays, now = Date.now } = options;
  const recorder = createDeliveryRecorder({ documents, table, now });

  async function get(taskId: string): Promise<TaskRecord | undefined> {
    if (!isKey(taskId)) return undefined;
    const { Item } = await withinDeadline("DynamoDB", (abortSignal) =>
      documents.send(new GetCommand({ TableName: table, Key: { taskId }, ConsistentRead: true }), { abortSignal }),
    );
    return Item === undefined ? undefined : readTaskItem(Item);
  }

  async function* query(index: "byService" | "byDay", key: string, pageSize: number): AsyncGenerator<TaskRecord> {
    const items = queryItems(documents, {
      TableName: table,
      IndexName: index,
      KeyConditionExpression: "#key = :key",
      ExpressionAttributeNames: { "#key": index === "byService" ? "serviceName" : "day" },
      ExpressionAttributeValues: { ":key": key },
      ScanIndexForward: false, // task ids are UUIDv7: their order is the order of time
      Limit: pageSize,
    });
    for await (const item of items) {
      const record = readTaskItem(item);
      if (record !== undefined) yield record;
    }
  }

  /** Day by day, as far back as records are kept. */
  async function* ofAllServices(pageSize: number, sinceMs: number): AsyncGenerator<TaskRecord> {
    for (let daysAgo = 0; daysAgo <= retentionDays; daysAgo++) {
      const day = dayOf(now() - daysAgo * DAY_MS);
      if (day < dayOf(sinceMs)) return;
      yield* query("byDay", day, pageSize);
    }
  }

  async function* newestFirst(asked: Parameters<TaskStore["newestFirst"]>[0]): AsyncGenerator<TaskRecord> {
    const { serviceName, sinceMs = 0, pageSize } = asked;
    if (serviceName !== undefined && !isKey(serviceName)) return;
    const records =
      serviceName === undefined ? ofAllServices(pageSize, sinceMs) : query("byService", serviceName, pageSize);
    for await (const record of records) {
      const { reportedAt } = record.task;
      if (reportedAt !== undefined && timestampMs(reportedAt) < sinceMs) return;
      yield record;
    }
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

    recordAttempt: (taskId, collector, attempt) => recorder.attempted({ taskId }, collector, attempt),
    findDelivery: async (taskId, collector) => (isKey(taskId) ? recorder.find({ taskId }, collector) : undefined),

    restartDelivery: (taskId, collector) => recorder.restarted({ taskId }, collector),

    get,

    newestFirst,

    async list({ limit, ...query }) {
      const records: TaskRecord[] = [];
      for await (const record of newestFirst({ ...query, pageSize: limit })) {
        records.push(record);
        if (records.length >= limit) break;
      }
      return records;
    },
  };
}
