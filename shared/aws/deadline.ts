import { Unavailable } from "../errors.ts";

/** How long a call may wait for DynamoDB or SQS in all; leaves room within the agent's 3 s. */
export const ENGINE_DEADLINE_MS = 2_400;

// Answers that mean "you asked wrongly": trying again would not help, and calling them an outage would hide a bug.
const REFUSED_REQUEST = "ValidationException";
const CONDITION_FAILED = "ConditionalCheckFailedException";

/**
 * Runs calls to an engine within a bound of time.
 * @throws Unavailable if they fail or take longer; errors that say the request itself was wrong pass as they are.
 */
export async function withinDeadline<T>(
  engine: string,
  work: (signal: AbortSignal) => Promise<T>,
  deadlineMs: number = ENGINE_DEADLINE_MS,
): Promise<T> {
  const signal = AbortSignal.timeout(deadlineMs);
  // The SDK heeds the signal within a request but not while it waits between two tries.
  const expired = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([work(signal), expired]);
  } catch (error) {
    if (error instanceof Unavailable || isConditionFailure(error) || isRefusedRequest(error)) throw error;
    throw new Unavailable(`${engine} ${whatHappened(error, signal, deadlineMs)}`, { cause: error });
  }
}

/** Whether a conditional write was refused because its condition did not hold. */
export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === CONDITION_FAILED;
}

/** Whether DynamoDB refused a request for what it asks. */
export function isRefusedRequest(error: unknown): boolean {
  return error instanceof Error && error.name === REFUSED_REQUEST;
}

/** In words that are safe to show anybody; the rest stands in the cause. */
function whatHappened(error: unknown, signal: AbortSignal, deadlineMs: number): string {
  if (signal.aborted) return `did not answer within ${deadlineMs} ms`;
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode === undefined ? "cannot be reached" : `refuses (${name})`;
}
