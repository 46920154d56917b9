import {
  BatchWriteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "../../aws/deadline.ts";
import { type Persist, unprocessed } from "../../aws/persistence.ts";
import { isConditionFailure, isRefusedRequest } from "../../aws/refusals.ts";
import { Unavailable } from "../../errors.ts";
import { BY_HAND, isServiceName } from "../policy.ts";
import type { RawItem } from "../seen-policy.ts";
import { digestOf, MAX_REVISIONS, type Revision } from "./revision.ts";
import { readRevisionItem, writeRevisionItem } from "./revision-item.ts";
import { revisionKey } from "./revision-key.ts";

/** The last revisions of each policy. */
export interface PolicyHistory {
  /** The newest first. */
  list(serviceName: string, limit?: number): Promise<Revision[]>;
  get(serviceName: string, revision: number): Promise<Revision | undefined>;
  /** @returns false if that number is taken, by this very revision perhaps. */
  add(revision: Revision): Promise<boolean>;
  /** Takes away what is older than the newest MAX_REVISIONS that there are, however they are numbered. */
  prune(serviceName: string): Promise<void>;
}

/** Most items that DynamoDB takes in one BatchWriteItem. */
const MAX_BATCH_WRITE = 25;

export function createPolicyHistory(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  persist: Persist;
}): PolicyHistory {
  const { documents, table, persist } = options;
  const request = async <T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await persist(() => withinDeadline("DynamoDB", send));
    } catch (error) {
      const { name } = (error instanceof Unavailable ? error.cause : {}) as { name?: string };
      if (name !== "ResourceNotFoundException") throw error;
      throw new Error(`there is no table ${table}: deploy this version of the stack first, or start it anew`);
    }
  };

  /** The newest first. DynamoDB ends a page at 1 MB, so there may be several, one an item at most. */
  async function newestOf(serviceName: string, most: number, more: object = {}): Promise<RawItem[]> {
    const items: RawItem[] = [];
    let ExclusiveStartKey: RawItem | undefined;
    do {
      const query = {
        TableName: table,
        KeyConditionExpression: "serviceName = :s",
        ExpressionAttributeValues: { ":s": { S: serviceName } },
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: most - items.length,
        ExclusiveStartKey,
        ...more,
      };
      const page: QueryCommandOutput = await request((abortSignal) =>
        documents.send(new QueryCommand(query), { abortSignal }),
      );
      items.push(...(page.Items ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined && items.length < most);
    return items;
  }

  async function deleteAll(items: readonly RawItem[]): Promise<void> {
    let left = items.map(({ serviceName, revision }) => ({ DeleteRequest: { Key: { serviceName, revision } } }));
    await request(async (abortSignal) => {
      const RequestItems = { [table]: left as never };
      const answer = await documents.send(new BatchWriteItemCommand({ RequestItems }), { abortSignal });
      left = (answer.UnprocessedItems?.[table] ?? []) as never;
      if (left.length > 0) throw unprocessed(left.length);
    });
  }

  const history: PolicyHistory = {
    async list(serviceName, limit = MAX_REVISIONS) {
      if (!isServiceName(serviceName)) return [];
      const most = Math.min(limit, MAX_REVISIONS);
      return (await newestOf(serviceName, most)).map(readRevisionItem);
    },

    async get(serviceName, revision) {
      if (!isServiceName(serviceName)) return undefined;
      const Key = { serviceName: { S: serviceName }, revision: { S: revisionKey(revision) } };
      const { Item } = await request((abortSignal) =>
        documents.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }), { abortSignal }),
      );
      return Item && readRevisionItem(Item);
    },

    async add(revision) {
      // Whoever deletes a policy knows more of that than who found it gone.
      const isKnown = revision.state === "deleted" && revision.updatedBy !== BY_HAND;
      const overFound = isKnown
        ? {
            ConditionExpression: "attribute_not_exists(revision) OR (#state = :deleted AND updatedBy = :hand)",
            ExpressionAttributeNames: { "#state": "state" },
            ExpressionAttributeValues: { ":deleted": { S: "deleted" }, ":hand": { S: BY_HAND } },
          }
        : { ConditionExpression: "attribute_not_exists(revision)" };
      try {
        await request((abortSignal) =>
          documents.send(
            new PutItemCommand({ TableName: table, Item: { ...writeRevisionItem(revision) }, ...overFound }),
            {
              abortSignal,
            },
          ),
        );
        return true;
      } catch (error) {
        if (isConditionFailure(error)) return false;
        const isWhole = revision.state === "invalid" && revision.raw.tooLarge === undefined;
        if (!isWhole || !isRefusedRequest(error)) throw error;
        // An item of nearly 400 KB has no room within another.
        return history.add({ ...revision, raw: { tooLarge: { S: digestOf(revision.raw) } } });
      }
    },

    async prune(serviceName) {
      const most = MAX_REVISIONS + MAX_BATCH_WRITE;
      const keys = await newestOf(serviceName, most, { ProjectionExpression: "serviceName, revision" });
      const old = keys.slice(MAX_REVISIONS);
      if (old.length > 0) await deleteAll(old);
    },
  };
  return history;
}
