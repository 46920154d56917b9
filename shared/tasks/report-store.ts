import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { withinDeadline } from "../aws/deadline.ts";
import { expiresAt } from "../aws/expires-at.ts";
import { isKey } from "../aws/key.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { Unavailable } from "../errors.ts";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import { isSameReport, reportFingerprint } from "./report-fingerprint.ts";

/** Which task a report is, over all processes and restarts: of reports that are the same, one becomes the task. */
export interface ReportStore {
  /**
   * Claims that a report becomes this task, which stands unless the same report became another before. Whatever comes
   * again, in any order, gets the answer that it got first.
   * @returns the id of the task that the report is.
   */
  claim(task: ProfilingTask): Promise<string>;
  /** Notes that an agent was answered with one task id while its report is recorded under another. */
  addAlias(taskId: string, firstTaskId: string): Promise<{ isNew: boolean }>;
  /** @returns the id that a task is recorded under if it is not this one; undefined if no other is known. */
  firstTaskId(taskId: string): Promise<string | undefined>;
}

/**
 * Until no message can lead here any more: profiles come for a task's duration, a day at most, and the queue keeps a
 * message for 14 days.
 */
const KEPT_DAYS = 15;
/**
 * Claims that one item holds. A process whose values are whole numbers may say the same again whenever it is asked,
 * every 20 minutes; the oldest claims go then, long after the messages that they were made for.
 */
const MAX_CLAIMS = 20;
/** Each try in vain means that somebody else's claim went through. */
const MAX_TRIES = 10;

/** One report that became a task; `reportedAt` is ISO 8601. */
interface Claim {
  taskId: string;
  reportedAt: string;
}

export function createReportStore(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  now?: () => number;
}): ReportStore {
  const { documents, table, now = Date.now } = options;

  /** @returns whether the condition held. */
  async function put(
    item: Record<string, unknown>,
    ConditionExpression: string,
    ExpressionAttributeValues?: Record<string, unknown>,
  ): Promise<boolean> {
    const Item = { ...item, expiresAt: expiresAt(now(), KEPT_DAYS) };
    const write = new PutCommand({ TableName: table, Item, ConditionExpression, ExpressionAttributeValues });
    try {
      await withinDeadline("DynamoDB", (abortSignal) => documents.send(write, { abortSignal }));
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return false;
    }
  }

  async function get(reportKey: string): Promise<Record<string, unknown> | undefined> {
    const read = new GetCommand({ TableName: table, Key: { reportKey }, ConsistentRead: true });
    const { Item } = await withinDeadline("DynamoDB", (abortSignal) => documents.send(read, { abortSignal }));
    return Item;
  }

  /** @returns whether nobody else has written the item since it was read. */
  async function addClaim(reportKey: string, claims: readonly Claim[], seen: unknown): Promise<boolean> {
    const revision = typeof seen === "number" ? seen : 0;
    const item = { reportKey, claims: claims.slice(-MAX_CLAIMS), revision: revision + 1 };
    return typeof seen === "number"
      ? put(item, "revision = :seen", { ":seen": seen })
      : put(item, "NOT attribute_type(revision, :number)", { ":number": "N" }); // gone by now, or a hand was there
  }

  return {
    async claim(task) {
      const { taskId } = task;
      const reportKey = `report:${reportFingerprint(task)}`;
      const reportedAt = task.reportedAt === undefined ? now() : timestampMs(task.reportedAt);
      const claim: Claim = { taskId, reportedAt: new Date(reportedAt).toISOString() };
      // Mostly nobody else has been here: one write, and done.
      if (await put({ reportKey, claims: [claim], revision: 1 }, "attribute_not_exists(reportKey)")) return taskId;

      for (let tries = 1; tries < MAX_TRIES; tries++) {
        const seen = await get(reportKey);
        const claims = readClaims(seen?.claims);
        // In the order in which they were made, the task's own perhaps: so no answer changes when claims are added.
        const first = claims.find((other) => isSameReport(Date.parse(other.reportedAt), reportedAt));
        if (first !== undefined) return first.taskId;
        if (await addClaim(reportKey, [...claims, claim], seen?.revision)) return taskId;
      }
      throw new Unavailable(`the same report is being claimed by others; ${MAX_TRIES} tries were in vain`);
    },

    async addAlias(taskId, firstTaskId) {
      return { isNew: await put({ reportKey: aliasKey(taskId), firstTaskId }, "attribute_not_exists(reportKey)") };
    },

    async firstTaskId(taskId) {
      const reportKey = aliasKey(taskId);
      if (!isKey(reportKey)) return undefined;
      const firstTaskId = (await get(reportKey))?.firstTaskId;
      return typeof firstTaskId === "string" && isKey(firstTaskId) ? firstTaskId : undefined;
    },
  };
}

/** Apart from the fingerprints: agents may upload under any id. */
function aliasKey(taskId: string): string {
  return `task:${taskId}`;
}

/** The claims that an item holds; what a hand has broken is passed over. */
function readClaims(stored: unknown): Claim[] {
  return Array.isArray(stored) ? stored.filter(isClaim) : [];
}

function isClaim(stored: unknown): stored is Claim {
  const { taskId, reportedAt } = (stored ?? {}) as Record<string, unknown>;
  return typeof taskId === "string" && typeof reportedAt === "string";
}
