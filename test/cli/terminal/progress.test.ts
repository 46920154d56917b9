import type { WriteStream } from "node:tty";
import { describe, expect, it } from "vitest";
import { startProgress } from "../../../cli/terminal/progress.ts";

const FRESH_LINE = "\r\u001b[K";

/** A terminal so many columns wide, and what was written to it. */
function terminal(columns: number | undefined, isTTY = true) {
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string) => written.push(text) } as unknown as WriteStream;
  return { stream, written };
}

const shownOn = (columns: number | undefined, done: number, expected: number): string => {
  const { stream, written } = terminal(columns);
  startProgress(stream, "letters")?.show(done, expected);
  const text = written.join("");
  expect(text.startsWith(FRESH_LINE)).toBe(true);
  return text.slice(FRESH_LINE.length);
};

describe("a progress bar", () => {
  it("is as full as the work is done", () => {
    expect(shownOn(80, 0, 40)).toBe(`letters [${"-".repeat(40)}] 0/40`);
    expect(shownOn(80, 10, 40)).toBe(`letters [${"#".repeat(10)}${"-".repeat(30)}] 10/40`);
    expect(shownOn(80, 40, 40)).toBe(`letters [${"#".repeat(40)}] 40/40`);
    expect(shownOn(80, 0, 0)).toContain("] 0/0");
  });

  it.each([1, 5, 12, 17, 20, 30, 79])("fits on a line of %i columns", (columns) => {
    expect(shownOn(columns, 1_234, 56_789).length).toBeLessThan(columns);
  });

  it("leaves nothing behind, and shows nothing where nobody watches", () => {
    const { stream, written } = terminal(80);
    const progress = startProgress(stream, "letters");
    progress?.show(1, 2);
    progress?.end();
    expect(written.at(-1)).toBe(FRESH_LINE);
    expect(startProgress(terminal(80, false).stream, "letters")).toBeUndefined();
  });
});
