import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { batchGet } from "../aws/batch-get.ts";
import { withinDeadline } from "../aws/deadline.ts";
import { isKey } from "../aws/key.ts";
import { queryItems } from "../aws/query.ts";
import { dayOf, readTaskItem, type TaskRecord } from "../tasks/task-item.ts";

/** Reads tasks for whoever watches them come in. Each read costs what it gives and no more. */
export interface RecordedTasks {
  /**
   * Tasks reported from one moment to another, of one service or of all, oldest first, page by page as they are taken.
   * What was recorded within the last moments may be missing still.
   * @throws Unavailable if DynamoDB does not tell; what was given until then is right.
   */
  between(span: { serviceName?: string | undefined; fromMs: number; toMs: number }): AsyncGenerator<TaskRecord>;
  /** The tasks of these ids, MAX_BATCH_GET at most; those that are gone are left out. */
  ofIds(taskIds: readonly string[]): Promise<TaskRecord[]>;
}

const PAGE = 200;
const DAY_MS = 86_400_000;

export function createRecordedTasks({
  documents,
  table,
}: {
  documents: DynamoDBDocumentClient;
  table: string;
}): RecordedTasks {
  async function* query(index: "byService" | "byDay", key: string, fromMs: number): AsyncGenerator<TaskRecord> {
    const items = queryItems(documents, {
      TableName: table,
      IndexName: index,
      KeyConditionExpression: "#key = :key AND taskId >= :from",
      ExpressionAttributeNames: { "#key": index === "byService" ? "serviceName" : "day" },
      ExpressionAttributeValues: { ":key": key, ":from": firstIdOf(fromMs) },
      Limit: PAGE,
    });
    for await (const item of items) {
      const record = readTaskItem(item);
      if (record !== undefined) yield record;
    }
  }

  return {
    async *between({ serviceName, fromMs, toMs }) {
      if (serviceName !== undefined) {
        if (isKey(serviceName)) yield* query("byService", serviceName, fromMs);
        return;
      }
      for (let day = startOfDay(fromMs); day <= toMs; day += DAY_MS) yield* query("byDay", dayOf(day), fromMs);
    },

    async ofIds(taskIds) {
      if (taskIds.length === 0) return [];
      const keys = taskIds.map((taskId) => ({ taskId }));
      const items = await withinDeadline("DynamoDB", (abortSignal) =>
        batchGet(documents, table, keys, { abortSignal }),
      );
      return items.flatMap((item) => readTaskItem(item) ?? []);
    },
  };
}

/** The least UUIDv7 of a moment (RFC 9562, section 5.7): its first 48 bits are ms since the epoch. */
function firstIdOf(epochMs: number): string {
  const hex = Math.max(0, Math.floor(epochMs)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

function startOfDay(epochMs: number): number {
  return Math.floor(epochMs / DAY_MS) * DAY_MS;
}
