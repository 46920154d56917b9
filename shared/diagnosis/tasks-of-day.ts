import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { queryItems } from "../aws/query.ts";

/** How many tasks were reported on a day. */
export interface TasksOfDay {
  /** In UTC, for instance `2026-01-31`. */
  readonly day: string;
  readonly count: number;
  /** Whether there are more than were counted. */
  readonly isCutOff: boolean;
  /** By target, as policies name them. */
  readonly byTarget: Readonly<Record<string, number>>;
}

/** Most tasks that are counted: somebody waits, and DynamoDB charges for what it looks at. */
const MAX_COUNTED = 10_000;
const PAGE = 1_000;
/** No more pages are asked for after so long. */
const PATIENCE_MS = 2_500;

/**
 * Counts the tasks of a day; of each, nothing but its target is fetched.
 * @throws Unavailable if DynamoDB does not tell.
 */
export async function countTasksOfDay(
  documents: DynamoDBDocumentClient,
  table: string,
  day: string,
  limits: { maxCounted?: number; pageSize?: number } = {},
): Promise<TasksOfDay> {
  const { maxCounted = MAX_COUNTED, pageSize = PAGE } = limits;
  const until = performance.now() + PATIENCE_MS;
  const byTarget: Record<string, number> = {};
  let count = 0;
  const items = queryItems(documents, {
    TableName: table,
    IndexName: "byDay",
    KeyConditionExpression: "#day = :day",
    ProjectionExpression: "#task.#target",
    ExpressionAttributeNames: { "#day": "day", "#task": "task", "#target": "target" },
    ExpressionAttributeValues: { ":day": day },
    Limit: Math.min(pageSize, maxCounted),
  });
  for await (const { task } of items) {
    if (count >= maxCounted || performance.now() > until) return { day, count, isCutOff: true, byTarget };
    const target = targetIn(task);
    byTarget[target] = (byTarget[target] ?? 0) + 1;
    count += 1;
  }
  return { day, count, isCutOff: false, byTarget };
}

/** For instance `ON_CPU` of `PROFILING_TARGET_ON_CPU`, which is how protobuf JSON names it. */
function targetIn(task: unknown): string {
  const { target } = (task ?? {}) as { target?: unknown };
  return typeof target === "string" ? target.replace(/^PROFILING_TARGET_/, "") : "unknown";
}
