import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "../aws/deadline.ts";
import { isKey } from "../aws/key.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { scanAll } from "../aws/scan.ts";
import { NotFound } from "../errors.ts";
import { type CollectorHealth, readHealth } from "./collector-health.ts";
import type { Collector } from "./kinds.ts";
import { type ValidatedCollector, validateCollector } from "./validate-collector.ts";

export type StoredCollector = ValidatedCollector & {
  name: string;
  health: CollectorHealth;
  /** What is stored, faults and all. */
  item: Readonly<Record<string, unknown>>;
};

export interface CollectorStore {
  get(name: string): Promise<StoredCollector | undefined>;
  /** In the order of the names. */
  list(): Promise<StoredCollector[]>;
  /** Adds a collector or replaces the one of that name; `kept` are attributes of its item that stay beside. */
  put(collector: Collector, kept?: Readonly<Record<string, unknown>>): Promise<void>;
  /** @throws NotFound if there is none. */
  delete(name: string): Promise<void>;
}

export function createCollectorStore(documents: DynamoDBDocumentClient, table: string): CollectorStore {
  return {
    async get(name) {
      if (!isKey(name)) return undefined;
      const { Item } = await withinDeadline("DynamoDB", (abortSignal) =>
        documents.send(new GetCommand({ TableName: table, Key: { name }, ConsistentRead: true }), { abortSignal }),
      );
      return Item === undefined ? undefined : storedCollector(Item);
    },

    async list() {
      const stored = (await scanAll(documents, table)).map(storedCollector);
      return stored.sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async put(collector, kept = {}) {
      await withinDeadline("DynamoDB", (abortSignal) =>
        documents.send(new PutCommand({ TableName: table, Item: { ...kept, ...collector } }), { abortSignal }),
      );
    },

    async delete(name) {
      if (!isKey(name)) throw new NotFound(`there is no collector named ${name}`);
      try {
        await withinDeadline("DynamoDB", (abortSignal) =>
          documents.send(
            new DeleteCommand({
              TableName: table,
              Key: { name },
              ConditionExpression: "attribute_exists(#name)",
              ExpressionAttributeNames: { "#name": "name" },
            }),
            { abortSignal },
          ),
        );
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        throw new NotFound(`there is no collector named ${name}`);
      }
    },
  };
}

function storedCollector(item: Record<string, unknown>): StoredCollector {
  return { ...validateCollector(item), name: String(item.name), health: readHealth(item), item };
}
