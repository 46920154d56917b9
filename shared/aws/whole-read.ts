import { type DynamoDBDocumentClient, ScanCommand, type ScanCommandOutput } from "@aws-sdk/lib-dynamodb";

/**
 * What an item costs that is read by its key, alone or in a batch, in read units: half of one for each 4 KB begun, where
 * what was written last need not be seen. Of a table that is read whole, it is half of one for each 4 KB of all items
 * together (Amazon DynamoDB Developer Guide, "Read consistency" and "Scan").
 */
const UNITS_PER_KEY = 0.5;
/** So many items of a table are looked at for each key that is asked for, before it is taken to be too large. */
export const ITEMS_PER_KEY = 16;
/** Below this, keys never cost more. */
export const FEWEST_KEYS = 2;
/** When a table that was found to cost more than the keys is tried again: it may have become smaller. */
const TRIED_AGAIN_MS = 600_000;

/** Reads a table whole, if that is cheaper than so many of its keys. @returns undefined if it is not. */
export type ReadWhole = (
  keys: number,
  options: { abortSignal: AbortSignal; onRequest?: () => void },
) => Promise<Record<string, unknown>[] | undefined>;

/**
 * For tables of small items, of which a good part is asked for at once: read by their keys, items of a few hundred bytes
 * cost as much as if each had 4 KB. What a table costs is learned by reading it: a read that finds it too large stops at
 * about the cost of the keys, and that many keys, or fewer, are not tried again for ten minutes.
 * @param now milliseconds; only differences matter.
 */
export function createWholeRead(documents: DynamoDBDocumentClient, table: string, now: () => number): ReadWhole {
  /** From how many keys on it pays. */
  let pays = { from: FEWEST_KEYS, learnedAt: Number.NEGATIVE_INFINITY };
  const learn = (from: number): void => {
    pays = { from: Math.max(FEWEST_KEYS, from), learnedAt: now() };
  };

  return async (keys, { abortSignal, onRequest }) => {
    if (keys < FEWEST_KEYS) return undefined;
    if (keys < pays.from && now() - pays.learnedAt < TRIED_AGAIN_MS) return undefined;
    onRequest?.();
    const page = await scanned(keys * ITEMS_PER_KEY, abortSignal);
    if (page === undefined || page.LastEvaluatedKey !== undefined) {
      learn(keys * 2);
      return undefined;
    }
    const units = page.ConsumedCapacity?.CapacityUnits ?? 0;
    learn(Math.ceil(Math.max(units / UNITS_PER_KEY, (page.Count ?? 0) / ITEMS_PER_KEY)));
    return page.Items ?? [];
  };

  /** @returns undefined if we may not: who may read by keys alone is to be served all the same. */
  async function scanned(items: number, abortSignal: AbortSignal): Promise<ScanCommandOutput | undefined> {
    try {
      const request = new ScanCommand({ TableName: table, Limit: items, ReturnConsumedCapacity: "TOTAL" });
      return await documents.send(request, { abortSignal });
    } catch (error) {
      if ((error as Error).name === "AccessDeniedException") return undefined;
      throw error;
    }
  }
}
