import { withinTime } from "../../shared/aws/deadline.ts";
import { errorText, Unavailable } from "../../shared/errors.ts";
import { maskedText } from "../../shared/masked-text.ts";

/** How long each line may take: somebody looks at the screen. */
const PATIENCE_MS = 5_000;
const MAX_CAUSE = 120;

export function withinPatience<T>(what: string, work: () => Promise<T>): Promise<T> {
  return withinTime(what, PATIENCE_MS, work);
}

/**
 * Why something could not be found out, in a few words.
 * @param subject what need not be named once more.
 */
export function awayText(error: unknown, subject = ""): string {
  const text = errorText(error).replace(subject === "" ? "" : `${subject} `, "");
  const cause = error instanceof Unavailable && error.cause instanceof Error ? error.cause.message : "";
  const [firstLine = ""] = maskedText(cause).split("\n");
  return cause === "" ? text : `${text} (${firstLine.slice(0, MAX_CAUSE)})`;
}
