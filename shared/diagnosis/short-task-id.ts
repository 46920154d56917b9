import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { queryItems } from "../aws/query.ts";
import { dayOf } from "../tasks/task-item.ts";

/** Tasks that a part of an id may mean. */
export interface MeantTasks {
  /** A few of them, the newest first. */
  readonly taskIds: readonly string[];
  /** How many tasks were looked at, if older ones were not. */
  readonly lookedAt?: number;
}

/** An id's first characters, long enough to tell the time of its report to the minute. */
const BEGINNING = /^[0-9a-f]{8}[0-9a-f-]{0,27}$/;
/** Its last ones, as `tasks watch` shows them. */
const END = /^…?([0-9a-f-]{6,35})$/;
/** As many as are told to whoever has to choose. */
const MOST = 5;
/** How far back ends of ids are looked for: DynamoDB cannot search for them. */
const MAX_LOOKED_AT = 5_000;
const MAX_DAYS = 3;
const PAGE = 1_000;
const DAY_MS = 86_400_000;

/**
 * The tasks whose ids begin or end so.
 * @throws Unavailable if DynamoDB does not tell.
 */
export async function tasksMeantBy(
  text: string,
  { documents, table, now }: { documents: DynamoDBDocumentClient; table: string; now: number },
): Promise<MeantTasks> {
  const source = { documents, table };
  if (BEGINNING.test(text)) {
    const hex = text.replaceAll("-", "").slice(0, 12);
    const [from, to] = [Number.parseInt(hex.padEnd(12, "0"), 16), Number.parseInt(hex.padEnd(12, "f"), 16)];
    const days = new Set([dayOrNone(from), dayOrNone(to)].filter((day) => day !== undefined));
    const found = await Promise.all(
      [...days].map((day) => Array.fromAsync(idsOf(day, source, { beginning: text, most: MOST }))),
    );
    const taskIds = found.flat().sort().reverse().slice(0, MOST);
    if (taskIds.length > 0) return { taskIds };
  }
  const [, end] = END.exec(text) ?? [];
  return end === undefined ? { taskIds: [] } : endingIn(end, source, now);
}

async function endingIn(end: string, source: Source, now: number): Promise<MeantTasks> {
  const taskIds: string[] = [];
  let lookedAt = 0;
  for (let daysAgo = 0; daysAgo < MAX_DAYS; daysAgo++) {
    for await (const taskId of idsOf(dayOf(now - daysAgo * DAY_MS), source, { most: MAX_LOOKED_AT - lookedAt })) {
      lookedAt += 1;
      if (taskId.endsWith(end) && taskIds.length < MOST) taskIds.push(taskId);
    }
    if (lookedAt >= MAX_LOOKED_AT) break;
  }
  return { taskIds, lookedAt };
}

interface Source {
  documents: DynamoDBDocumentClient;
  table: string;
}

/** Ids of the tasks of a day, newest first, no more than `most`. */
async function* idsOf(
  day: string,
  { documents, table }: Source,
  { beginning, most }: { beginning?: string; most: number },
): AsyncGenerator<string> {
  const items = queryItems(documents, {
    TableName: table,
    IndexName: "byDay",
    KeyConditionExpression: `#day = :day${beginning === undefined ? "" : " AND begins_with(taskId, :beginning)"}`,
    ProjectionExpression: "taskId",
    ExpressionAttributeNames: { "#day": "day" },
    ExpressionAttributeValues: { ":day": day, ...(beginning !== undefined && { ":beginning": beginning }) },
    ScanIndexForward: false,
    Limit: Math.min(PAGE, most),
  });
  let left = most;
  for await (const { taskId } of items) {
    if (typeof taskId === "string") yield taskId;
    left -= 1;
    if (left === 0) return;
  }
}

/** @returns undefined for what is no time of JavaScript's. */
function dayOrNone(epochMs: number): string | undefined {
  return epochMs > 8.64e15 ? undefined : dayOf(epochMs);
}
