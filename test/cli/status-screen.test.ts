import { describe, expect, it } from "vitest";
import type { Shown } from "../../cli/status/line.ts";
import { tasks } from "../../cli/status/lines/tasks.ts";
import { screenText } from "../../cli/status/screen.ts";
import { displayWidth } from "../../cli/terminal/display-width.ts";
import { plain } from "../../cli/terminal/style.ts";
import { awayText } from "../../shared/diagnosis/away-text.ts";
import { Unavailable } from "../../shared/errors.ts";

const commandLine = (verb: string, ...words: string[]) => ["npx flashpoint --local", verb, ...words].join(" ");

function screen(columns: number, ...shown: Shown[]): string[] {
  const lines = shown.map((each, index) => ({ name: `line${index}`, facts: null, shown: each }));
  return plain(screenText("flashpoint", lines, columns))
    .split("\n")
    .slice(2);
}

describe("the screen of status", () => {
  it("gives no name a line of its own", () => {
    const serviceName = "x\n✗ engines       DynamoDB away\r\u001b[2J";
    const last = { taskId: "1", serviceName, reportedAt: new Date(0).toISOString() };
    const facts = { day: "1970-01-01", count: 1, isCutOff: false, byTarget: {}, queued: 0, isStuck: false, last };
    const lines = screen(200, tasks.show(facts, { now: 0, commandLine }));
    expect(lines).toEqual([expect.stringContaining("x\\u000a✗ engines       DynamoDB away\\u000d\\u001b[2J")]);
  });

  it("shows several lines where there are several", () => {
    expect(screen(80, { state: "bad", text: ["DynamoDB 4 ms", "SQS away"] })).toEqual([
      "✗ line0         DynamoDB 4 ms",
      "                SQS away",
    ]);
  });

  it("says it below the name on a narrow terminal", () => {
    expect(screen(20, { state: "good", text: "2 in force, required", advice: "npx flashpoint doctor" })).toEqual([
      "✓ line0",
      "  2 in force, requi…",
      "→ npx flashpoint doctor",
    ]);
  });

  it.each([20, 32, 40, 60, 80])("is no wider than a terminal of %i columns, whatever is written in", (columns) => {
    const lines = screen(
      columns,
      { state: "good", text: "支払い".repeat(30), advice: "docs/agents.md" },
      { state: "warning", text: "決済 ".repeat(4), advice: "npx flashpoint --local collectors test 支払い支払い" },
      { state: "bad", text: ["🔥".repeat(50), "決済".repeat(20)], advice: "npx flashpoint --local doctor" },
    );
    for (const line of lines.filter((each) => !each.includes("→")))
      expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    // A command is never cut: it stands on a line of its own, and from its beginning where it would not fit else.
    expect(lines.join("\n")).toContain("npx flashpoint --local collectors test 支払い支払い");
    for (const line of lines.filter((each) => each.includes("→ npx")))
      expect(displayWidth(line) <= columns || line.startsWith("→ ")).toBe(true);
  });
});

describe("why something is away", () => {
  const unavailable = (text: string, cause: string) => new Unavailable(text, { cause: new Error(cause) });
  it.each([
    ["S3 did not answer within 2400 ms", "not within 2400 ms", "did not answer within 2400 ms"],
    [
      "S3 cannot be reached",
      "connect ECONNREFUSED 127.0.0.1:2",
      "cannot be reached (connect ECONNREFUSED 127.0.0.1:2)",
    ],
    [
      "S3 cannot be reached",
      "@smithy/node-http-handler - [ERROR] a request has exceeded the configured 2000 ms requestTimeout. Init params passed",
      "did not answer within 2000 ms",
    ],
    ["S3 cannot be reached", "@smithy/node-http-handler - [WARN] a thing\nmore", "cannot be reached (a thing)"],
  ])("is said shortly: %s, %s", (text, cause, expected) => {
    expect(awayText(unavailable(text, cause), "S3")).toBe(expected);
  });
});
