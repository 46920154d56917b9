import { Unavailable } from "../errors.ts";

/** How long a call may wait for DynamoDB or SQS in all; leaves room within the agent's 3 s. */
export const ENGINE_DEADLINE_MS = 2_400;

// Answers that mean "you asked wrongly": trying again would not help, and calling them an outage would hide a bug.
const OUR_FAULTS = new Set([
  "ValidationException",
  "ConditionalCheckFailedException",
  "ItemCollectionSizeLimitExceededException",
]);

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
    if (error instanceof Unavailable || (error instanceof Error && OUR_FAULTS.has(error.name))) throw error;
    throw new Unavailable(
      signal.aborted ? `${engine} did not answer within ${deadlineMs} ms` : `${engine} cannot be reached`,
      { cause: error },
    );
  }
}

/** Whether a conditional write was refused because its condition did not hold. */
export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}
