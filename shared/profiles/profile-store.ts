import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "../aws/deadline.ts";
import { isKey } from "../aws/key.ts";
import { queryItems } from "../aws/query.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { createAttemptRecorder } from "../deliveries/attempt-recorder.ts";
import { type Attempt, pendingDeliveries } from "../deliveries/delivery.ts";
import type { CollectedProfile } from "../gen/flashpoint/v1/profile_pb.js";
import { type ProfileRecord, readProfileItem, writeProfileItem } from "./profile-item.ts";

/** Names one profile's record. */
export type ProfileKey = Pick<CollectedProfile, "taskId" | "profileId">;

/** What came in for each task, and where its deliveries stand. The files themselves lie in the bucket. */
export interface ProfileStore {
  /**
   * Records a profile of a known task once, with a pending delivery for each collector; one that was kept apart until
   * now counts as not recorded. Called again, it changes nothing and returns what was recorded first.
   */
  record(profile: CollectedProfile, collectors: readonly string[]): Promise<{ record: ProfileRecord; isNew: boolean }>;
  /** Records a profile whose task is not known. Changes nothing if the profile is recorded already. */
  recordApart(profile: CollectedProfile): Promise<{ isNew: boolean }>;
  /** Notes how an attempt ended. What is delivered stays delivered. A record that is gone or broken is passed over. */
  recordAttempt(key: ProfileKey, collector: string, attempt: Attempt): Promise<void>;
  get(key: ProfileKey): Promise<ProfileRecord | undefined>;
  /** A task's profiles, oldest first; no more than `limit`. */
  list(taskId: string, limit?: number): Promise<ProfileRecord[]>;
}

/** A task of a day, flushed every five seconds, for several processes' worth. */
const MAX_LISTED = 20_000;

export function createProfileStore(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  retentionDays: number;
  now?: () => number;
}): ProfileStore {
  const { documents, table, retentionDays, now = Date.now } = options;
  const recordAttempt = createAttemptRecorder({ documents, table, now });

  /** @returns whether the condition held. */
  async function put(record: ProfileRecord, ConditionExpression: string): Promise<boolean> {
    const Item = writeProfileItem(record, { retentionDays, now: now() });
    const ExpressionAttributeValues = ConditionExpression.includes(":true") ? { ":true": true } : undefined;
    try {
      await withinDeadline("DynamoDB", (abortSignal) =>
        documents.send(new PutCommand({ TableName: table, Item, ConditionExpression, ExpressionAttributeValues }), {
          abortSignal,
        }),
      );
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return false;
    }
  }

  async function get({ taskId, profileId }: ProfileKey): Promise<ProfileRecord | undefined> {
    if (!isKey(taskId) || !isKey(profileId)) return undefined;
    const Key = { taskId, profileId };
    const { Item } = await withinDeadline("DynamoDB", (abortSignal) =>
      documents.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }), { abortSignal }),
    );
    return Item === undefined ? undefined : readProfileItem(Item);
  }

  return {
    async record(profile, collectors) {
      const record: ProfileRecord = { profile, deliveries: pendingDeliveries(collectors, now()), isApart: false };
      if (await put(record, "attribute_not_exists(taskId) OR apart = :true")) return { record, isNew: true };
      return { record: (await get(profile)) ?? record, isNew: false };
    },

    async recordApart(profile) {
      return { isNew: await put({ profile, deliveries: {}, isApart: true }, "attribute_not_exists(taskId)") };
    },

    get,

    recordAttempt: ({ taskId, profileId }, collector, attempt) =>
      recordAttempt({ taskId, profileId }, collector, attempt),

    async list(taskId, limit = MAX_LISTED) {
      if (!isKey(taskId)) return [];
      const records: ProfileRecord[] = [];
      const items = queryItems(documents, {
        TableName: table,
        KeyConditionExpression: "taskId = :taskId",
        ExpressionAttributeValues: { ":taskId": taskId },
        ConsistentRead: true,
        Limit: limit,
      });
      for await (const item of items) {
        const record = readProfileItem(item);
        if (record !== undefined) records.push(record);
        if (records.length >= limit) break;
      }
      return records;
    },
  };
}
