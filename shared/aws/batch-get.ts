import { setTimeout as delay } from "node:timers/promises";
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
  type DynamoDBDocumentClient,
} from "@aws-sdk/lib-dynamodb";
import { Unavailable } from "../errors.ts";

/** Most keys that DynamoDB takes in one BatchGetItem. */
export const MAX_BATCH_GET = 100;
/** How often the keys that DynamoDB left unprocessed are asked for again, 25, 50, 100 … ms apart. */
const UNPROCESSED_RETRIES = 5;

type Read = Omit<NonNullable<BatchGetCommandInput["RequestItems"]>[string], "Keys">;

/**
 * Reads items by their keys, MAX_BATCH_GET at most and none of them twice. Those that are not there are left out.
 * @param onRequest hears of every request.
 * @throws Unavailable if DynamoDB goes on leaving some unprocessed.
 */
export async function batchGet(
  documents: DynamoDBDocumentClient,
  table: string,
  keys: readonly Record<string, unknown>[],
  options: { abortSignal: AbortSignal; read?: Read; onRequest?: () => void },
): Promise<Record<string, unknown>[]> {
  const { abortSignal, read = {}, onRequest } = options;
  const items: Record<string, unknown>[] = [];
  let left = [...keys];
  for (let retry = 0; left.length > 0; retry++) {
    if (retry > UNPROCESSED_RETRIES)
      throw new Unavailable(`DynamoDB left ${left.length} items of ${table} unprocessed`);
    if (retry > 0) await delay(25 * 2 ** (retry - 1), undefined, { signal: abortSignal });
    onRequest?.();
    const answer: BatchGetCommandOutput = await documents.send(
      new BatchGetCommand({ RequestItems: { [table]: { ...read, Keys: left } } }),
      { abortSignal },
    );
    items.push(...(answer.Responses?.[table] ?? []));
    left = (answer.UnprocessedKeys?.[table]?.Keys ?? []) as typeof left;
  }
  return items;
}
