import { errorText, Unavailable } from "../errors.ts";
import { maskedText } from "../masked-text.ts";

const MAX_CAUSE = 120;

/**
 * Why something could not be found out, in a few words, for instance `DynamoDB did not answer within 2000 ms`.
 * @param subject what need not be named once more.
 */
export function awayText(error: unknown, subject = ""): string {
  const text = errorText(error).replace(subject === "" ? "" : `${subject} `, "");
  const cause = error instanceof Unavailable && error.cause instanceof Error ? error.cause.message : "";
  // The HTTP handler of the SDK names itself and its settings; its time-out is no refused connection.
  const [, late] = /exceeded the configured (\d+) ms requestTimeout/.exec(cause) ?? [];
  if (late !== undefined) return text.replace("cannot be reached", `did not answer within ${late} ms`);
  const [, unconnected] = /did not establish a connection .* timeout of (\d+) ms/.exec(cause) ?? [];
  const why = unconnected === undefined ? inOneLine(cause) : `no connection within ${unconnected} ms`;
  return why === "" || text.includes(why.replace(/^not /, "")) ? text : `${text} (${why})`;
}

function inOneLine(cause: string): string {
  const [firstLine = ""] = maskedText(cause).split("\n");
  return firstLine.replace(/^@smithy\/\S+ - (\[\w+\] )?/, "").slice(0, MAX_CAUSE);
}
