import { errorText, InvalidInput, Unavailable } from "../shared/errors.ts";

export const FAILED = 1;
export const MISUSED = 2;
/** As shells count what SIGINT ends. */
export const INTERRUPTED = 130;

/** What a person is told about an error, and the code that a program sees. */
export function explain(error: unknown, { local }: { local?: boolean }): { message: string; exitCode: number } {
  if (error instanceof InvalidInput) {
    const faults = error.faults.map(({ path, problem }) => `  ${path === "" ? "" : `${path} `}${problem}`);
    return { message: [`${error.subject} is not valid:`, ...faults].join("\n"), exitCode: MISUSED };
  }
  if (error instanceof Unavailable) {
    const cause = error.cause instanceof Error ? ` (${error.cause.message || error.cause.name})` : "";
    const hint = cause.includes("resource not found")
      ? "There is no such table: check AWS_REGION and --stack; without --stack, FLASHPOINT_STACK says what its name starts with."
      : local
        ? "Is `npm start` running? On other ports than its default, set FLASHPOINT_DYNAMODB_PORT, FLASHPOINT_SQS_PORT and FLASHPOINT_HTTP_PORT."
        : "Check the AWS credentials, AWS_REGION and --stack; for a server on this machine add --local.";
    return { message: `${error.message}${cause}\n${hint}`, exitCode: FAILED };
  }
  return { message: errorText(error), exitCode: FAILED };
}
