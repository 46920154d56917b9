import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "../aws/deadline.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { scanAll } from "../aws/scan.ts";
import { Conflict, NotFound } from "../errors.ts";
import { readTokenItem, type StoredToken } from "./stored-token.ts";
import { tokenId } from "./token.ts";

export interface TokenStore {
  get(tokenHash: string): Promise<StoredToken | undefined>;
  /** In the order of the names, of one name the oldest first. */
  list(): Promise<StoredToken[]>;
  /** @throws Conflict if that token is there already; after Unavailable it may be there or not. */
  put(token: StoredToken): Promise<void>;
  /**
   * Ends a token, for good and at once.
   * @returns the token, and whether it was revoked before; then that time stays.
   * @throws NotFound if there is none.
   */
  revoke(tokenHash: string): Promise<{ token: StoredToken; wasRevoked: boolean }>;
}

export function createTokenStore(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  now?: () => number;
}): TokenStore {
  const { documents, table, now = Date.now } = options;

  async function get(tokenHash: string): Promise<StoredToken | undefined> {
    // A token has to work as soon as it is shown.
    const { Item } = await withinDeadline("DynamoDB", (abortSignal) =>
      documents.send(new GetCommand({ TableName: table, Key: { tokenHash }, ConsistentRead: true }), { abortSignal }),
    );
    return Item === undefined ? undefined : readTokenItem(Item);
  }

  return {
    get,

    async list() {
      const tokens = (await scanAll(documents, table)).map(readTokenItem);
      return tokens.sort((a, b) => compare(a.name, b.name) || compare(a.createdAt, b.createdAt));
    },

    async put(token) {
      const condition = { ConditionExpression: "attribute_not_exists(tokenHash)" };
      try {
        await withinDeadline("DynamoDB", (abortSignal) =>
          documents.send(new PutCommand({ TableName: table, Item: token, ...condition }), { abortSignal }),
        );
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        // The SDK tries twice. Of a first try whose answer was lost, the second meets what it wrote.
        const found = await get(token.tokenHash);
        if (found?.createdAt === token.createdAt && found.name === token.name) return;
        throw new Conflict(`token ${tokenId(token.tokenHash)} is there already`);
      }
    },

    async revoke(tokenHash) {
      const update = new UpdateCommand({
        TableName: table,
        Key: { tokenHash },
        UpdateExpression: "SET revokedAt = :now",
        ConditionExpression: "attribute_exists(tokenHash) AND attribute_not_exists(revokedAt)",
        ExpressionAttributeValues: { ":now": new Date(now()).toISOString() },
        ReturnValues: "ALL_NEW",
      });
      try {
        const { Attributes = {} } = await withinDeadline("DynamoDB", (abortSignal) =>
          documents.send(update, { abortSignal }),
        );
        return { token: readTokenItem(Attributes), wasRevoked: false };
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
      }
      const token = await get(tokenHash);
      if (token === undefined) throw new NotFound(`there is no token ${tokenId(tokenHash)}`);
      return { token, wasRevoked: true };
    },
  };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
