import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Scope } from "../access/scope.ts";
import { withinDeadline } from "../aws/deadline.ts";
import { isKey } from "../aws/key.ts";
import { queryItems } from "../aws/query.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { type Attempt, type Delivery, pendingDeliveries } from "../deliveries/delivery.ts";
import { createDeliveryRecorder } from "../deliveries/delivery-recorder.ts";
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
  /**
   * Records a profile whose task is not known, with the services that whoever sent it may speak for. Changes nothing if
   * the profile is recorded already.
   */
  recordApart(profile: CollectedProfile, senderScope?: Scope): Promise<{ isNew: boolean }>;
  /**
   * Notes how an attempt ended.
   * @returns whether it is noted; it is not if it was delivered before, or the record is gone, full or broken.
   */
  recordAttempt(key: ProfileKey, collector: string, attempt: Attempt): Promise<boolean>;
  /** Where the delivery of a profile to one collector stands. */
  findDelivery(key: ProfileKey, collector: string): Promise<Delivery | undefined>;
  /**
   * Makes a delivery pending again, its attempts counted anew.
   * @returns whether it is; it is not if it was delivered, or there is no record of it.
   */
  restartDelivery(key: ProfileKey, collector: string): Promise<boolean>;
  get(key: ProfileKey): Promise<ProfileRecord | undefined>;
  /** A task's profiles, oldest first; no more than `limit`. */
  list(taskId: string, limit?: number): Promise<ProfileRecord[]>;
  /** A task's profiles, newest first, read page by page as they are taken; `pageSize` are read at once. */
  newestFirst(taskId: string, pageSize: number): AsyncGenerator<ProfileRecord>;
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
  const recorder = createDeliveryRecorder({ documents, table, now });

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

  async function* query(
    taskId: string,
    page: { Limit: number; ScanIndexForward?: boolean },
  ): AsyncGenerator<ProfileRecord> {
    if (!isKey(taskId)) return;
    const items = queryItems(documents, {
      TableName: table,
      KeyConditionExpression: "taskId = :taskId",
      ExpressionAttributeValues: { ":taskId": taskId },
      ConsistentRead: true,
      ...page,
    });
    for await (const item of items) {
      const record = readProfileItem(item);
      if (record !== undefined) yield record;
    }
  }

  return {
    async record(profile, collectors) {
      const record: ProfileRecord = { profile, deliveries: pendingDeliveries(collectors, now()), isApart: false };
      if (await put(record, "attribute_not_exists(taskId) OR apart = :true")) return { record, isNew: true };
      return { record: (await get(profile)) ?? record, isNew: false };
    },

    async recordApart(profile, senderScope) {
      const record = { profile, deliveries: {}, isApart: true, ...(senderScope !== undefined && { senderScope }) };
      return { isNew: await put(record, "attribute_not_exists(taskId)") };
    },

    get,

    recordAttempt: ({ taskId, profileId }, collector, attempt) =>
      recorder.attempted({ taskId, profileId }, collector, attempt),

    findDelivery: async ({ taskId, profileId }, collector) =>
      isKey(taskId) && isKey(profileId) ? recorder.find({ taskId, profileId }, collector) : undefined,

    restartDelivery: ({ taskId, profileId }, collector) => recorder.restarted({ taskId, profileId }, collector),

    async list(taskId, limit = MAX_LISTED) {
      const records: ProfileRecord[] = [];
      for await (const record of query(taskId, { Limit: limit })) {
        records.push(record);
        if (records.length >= limit) break;
      }
      return records;
    },

    // profile ids are UUIDv7: their order is the order of time
    newestFirst: (taskId, pageSize) => query(taskId, { Limit: pageSize, ScanIndexForward: false }),
  };
}
