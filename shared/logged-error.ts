import { pino } from "pino";

/** What says where an error comes from, in Node's and in the AWS SDK's own. */
const TOLD = ["code", "errno", "syscall", "address", "port"];
const TOLD_OF_AWS = ["httpStatusCode", "requestId", "attempts"];
/** Errors of an AggregateError that are told, one for each of a host's addresses. */
const MAX_ERRORS = 10;

/**
 * An error as a line of the log has it: its type, what it and its causes say and where they were thrown, and a few
 * fields that tell nothing else. Nothing of what libraries hang on their errors: requests, configurations, headers.
 */
export function loggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = pino.stdSerializers.err(error);
  const { $metadata, errors } = error as { $metadata?: unknown; errors?: unknown };
  return {
    type,
    message,
    stack,
    ...plainOf(error, TOLD),
    ...(typeof $metadata === "object" && { $metadata: plainOf($metadata, TOLD_OF_AWS) }),
    ...(Array.isArray(errors) && {
      errors: errors.slice(0, MAX_ERRORS).map((one) => pino.stdSerializers.err(one).message),
    }),
  };
}

/** The fields of these names that hold texts or numbers. */
function plainOf(from: object | null, names: readonly string[]): Record<string, unknown> {
  const fields = Object.entries(from ?? {}).filter(
    ([name, value]) => names.includes(name) && (typeof value === "string" || typeof value === "number"),
  );
  return Object.fromEntries(fields);
}
