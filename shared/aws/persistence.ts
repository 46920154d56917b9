import { setTimeout as delay } from "node:timers/promises";
import { Unavailable } from "../errors.ts";
import { nextWaitMs } from "./next-wait.ts";

/** Does a request to DynamoDB again while that may help. The last error passes as it is. */
export type Persist = <T>(request: () => Promise<T>) => Promise<T>;

/** How long one request is tried, and all of them together, while DynamoDB says that it has no capacity. */
const THROTTLED_MS = 60_000;
const ALL_MS = 15 * 60_000;
/** While it does not answer, or says that it is broken: whoever waits for that wants to know. */
const AWAY_MS = 8_000;

const THROTTLED = [
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
  "UnprocessedItems",
];

/**
 * Makes for one run of a verb what has patience with DynamoDB.
 * @param signal ends the patience: what is under way is not tried again.
 * @param now milliseconds; only differences matter.
 */
export function createPersistence(
  options: {
    signal?: AbortSignal | undefined;
    now?: () => number;
    random?: () => number;
    /** Waits for so many ms. */
    wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  } = {},
): Persist {
  const { signal, now = () => performance.now(), random = Math.random, wait = waitUnlessStopped } = options;
  const allEndAt = now() + ALL_MS;
  return async (request) => {
    const startedAt = now();
    for (let failures = 1; ; failures++) {
      try {
        return await request();
      } catch (error) {
        const patienceMs = patienceWith(error);
        if (patienceMs === undefined || signal?.aborted) throw error;
        const giveUpAt = Math.min(startedAt + patienceMs, allEndAt);
        const waitMs = nextWaitMs({ failures, random: random(), now: now(), giveUpAt });
        if (waitMs === undefined) throw error;
        await wait(waitMs, signal);
        if (signal?.aborted) throw error;
      }
    }
  };
}

/** Says of what a batch left undone that it is to be tried again. */
export function unprocessed(count: number): Unavailable {
  const cause = Object.assign(new Error(`${count} items left`), { name: "UnprocessedItems" });
  return new Unavailable("DynamoDB had no capacity for all of a batch", { cause });
}

/** @returns undefined if trying again would not help. */
function patienceWith(error: unknown): number | undefined {
  if (!(error instanceof Unavailable)) return undefined;
  const { name = "", $metadata } = (error.cause ?? {}) as { name?: string; $metadata?: { httpStatusCode?: number } };
  if (THROTTLED.includes(name)) return THROTTLED_MS;
  const status = $metadata?.httpStatusCode;
  return status === undefined || status >= 500 ? AWAY_MS : undefined;
}

async function waitUnlessStopped(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
