import { lazily } from "../lazily.ts";

/** Opened with the first line, since most instances start for a poll, which writes none. */
const stream = lazily(
  () => process.stdout.on("error", () => {}), // a pipe says only afterwards that it is broken, and would end the process
);

/**
 * Where a function's log lines and metrics go, and from there to CloudWatch. Not by the console: Lambda's adds a time and
 * a request id to each line, which nobody could read as JSON then.
 */
export const standardOutput = {
  /** Takes whole lines, with their ends. */
  write(lines: string): void {
    stream().write(lines);
  },
};
