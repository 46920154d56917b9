import { NotFound, Unavailable } from "../errors.ts";
import { isConditionFailure, isRefusedRequest } from "./refusals.ts";

/** How long a call may wait for DynamoDB, SQS or S3 in all; leaves room within the agent's 3 s. */
export const ENGINE_DEADLINE_MS = 2_400;

/**
 * Runs calls to an engine within a bound of time.
 * @throws Unavailable if they fail or take longer; NotFound and errors that say the request itself was wrong pass as
 * they are.
 */
export async function withinDeadline<T>(
  engine: string,
  work: (signal: AbortSignal) => Promise<T>,
  deadlineMs: number = ENGINE_DEADLINE_MS,
): Promise<T> {
  const { signal, cancel } = timeoutAfter(deadlineMs);
  try {
    // The SDK heeds the signal within a request but not while it waits between two tries.
    return await Promise.race([work(signal), rejectionOf(signal)]);
  } catch (error) {
    if (error instanceof Unavailable || error instanceof NotFound) throw error;
    if (isConditionFailure(error) || isRefusedRequest(error)) throw error;
    throw new Unavailable(`${engine} ${whatHappened(error, signal, deadlineMs)}`, { cause: error });
  } finally {
    cancel();
  }
}

/**
 * Bounds several steps in all; their own errors pass as they are. A step that is not heard of in time goes on, so the
 * next should look at the signal first.
 * @throws Unavailable if they take longer.
 */
export async function withinTime<T>(
  what: string,
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(deadlineMs);
  const late = rejectionOf(signal).catch(() => {
    throw new Unavailable(`${what} took longer than ${deadlineMs} ms`);
  });
  return Promise.race([work(signal), late]);
}

/** Unlike AbortSignal.timeout, one that costs nothing more once it is cancelled: there is one for each request. */
function timeoutAfter(ms: number): { signal: AbortSignal; cancel(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`not within ${ms} ms`)), ms);
  return { signal: controller.signal, cancel: () => clearTimeout(timer) };
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** In words that are safe to show anybody; the rest stands in the cause. */
function whatHappened(error: unknown, signal: AbortSignal, deadlineMs: number): string {
  if (signal.aborted) return `did not answer within ${deadlineMs} ms`;
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode === undefined ? "cannot be reached" : `refuses (${name})`;
}
