import { describe, expect, it } from "vitest";
import { displayWidth, shortened } from "../../../cli/terminal/display-width.ts";
import { plain, styled } from "../../../cli/terminal/style.ts";
import { table } from "../../../cli/terminal/table.ts";

const TASK = "019b76da-a800-7000-8000-000000000001";
const REASON = "connect ECONNREFUSED 127.0.0.1:9000, which is a rather long way to say that nobody listens there";

const drawn = (headings: string[], rows: string[][], columns?: number): string[] =>
  plain(table(headings, rows, columns)).split("\n");

describe("a table in a pipe", () => {
  it("is as wide as its widest cells, one line a row, whatever stands in it", () => {
    expect(
      drawn(
        ["TASK", "REASON"],
        [
          [TASK, REASON],
          ["b", ""],
        ],
      ),
    ).toEqual([`TASK${" ".repeat(34)}REASON`, `${TASK}  ${REASON}`, "b"]);
  });

  it("says times in full", () => {
    expect(drawn(["AT"], [["2026-02-03T04:05:06.789Z"]])).toEqual(["AT", "2026-02-03T04:05:06.789Z"]);
  });

  it.each([
    ["East Asian wide characters", "注文", 4],
    ["emoji", "🔥🚀", 4],
    ["an emoji of several", "👩‍🚀", 2],
    ["combining marks", "e\u0301clair", 6],
    ["styles", styled("bad", "dead"), 4],
  ])("sets columns by what is seen: %s", (_what, name, width) => {
    const [, first = "", second = ""] = drawn(
      ["NAME", "N"],
      [
        [name, "1"],
        ["1234567", "2"],
      ],
    );
    expect(first).toBe(`${plain(name)}${" ".repeat(7 - width)}  1`);
    expect(second).toBe("1234567  2");
  });
});

describe("a table on a terminal", () => {
  it("that has the room is the same as in a pipe", () => {
    const rows = [[TASK, "2026-02-03T04:05:06.789Z"]];
    expect(drawn(["TASK", "AT"], rows, 62)).toEqual(drawn(["TASK", "AT"], rows));
  });

  it("that is too narrow says times shorter first", () => {
    const justNow = new Date(Date.now() - 5 * 60_000).toISOString();
    const inDays = new Date(Date.now() + 26.5 * 3_600_000).toISOString();
    const [, row] = drawn(["NAME", "AT", "UNTIL", "LAST"], [["hook", justNow, inDays, "2020-01-31T00:00:00.000Z"]], 60);
    expect(row).toBe("hook  5 min ago  in 26 h 30 min  2020-01-31");
  });

  it("says for how long what has been so since", () => {
    const states = [3, 100].map((hours) => new Date(Date.now() - hours * 3_600_000).toISOString());
    const rows = states.map((since) => ["hook", `failing since ${since}`]);
    const [, first, second] = drawn(["NAME", "STATE"], rows, 32);
    expect(first).toBe("hook  failing for 3 h");
    expect(second).toBe(`hook  failing since ${states[1]?.slice(0, 10)}`);
  });

  it.each([40, 60, 79, 80, 120])("fits into %i columns", (columns) => {
    const headings = ["EVENT", "TASK", "SERVICE", "STATUS", "REASON"];
    const rows = [["profile …000001", TASK, "注文", "retrying", REASON]];
    for (const line of drawn(headings, rows, columns)) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });

  it("shortens the widest that nobody copies, and ends it with …", () => {
    const [, row = ""] = drawn(["TASK", "CAUSE", "REASON"], [[TASK, "process CPU 93 % ≥ 80 %", REASON]], 80);
    expect(row).toMatch(new RegExp(`^${TASK}  process CPU 93 % ≥\\S* .*…$`));
    expect(displayWidth(row)).toBe(80);
  });

  it("never shortens what one copies, though the line becomes too long", () => {
    const long = "shop::".repeat(20);
    expect(drawn(["SERVICE", "BY"], [[long, "operator"]], 60).slice(2)).toEqual([long, "    operator"]);
  });

  it("puts on a line of its own what has no room on the first, and no empty one", () => {
    const headings = ["TASK", "SERVICE", "PROCESS", "CAUSE", "DELIVERIES"];
    const rows = [
      [TASK, "checkout-of-the-shop", "java", "process CPU 93 % ≥ 80 %", "hook delivered"],
      [TASK, "cart", "", "", ""],
    ];
    expect(drawn(headings, rows, 70)).toEqual([
      `TASK${" ".repeat(34)}SERVICE${" ".repeat(15)}PROCESS`,
      "    CAUSE                    DELIVERIES",
      `${TASK}  checkout-of-the-shop  java`,
      "    process CPU 93 % ≥ 80 %  hook delivered",
      `${TASK}  cart`,
    ]);
  });

  it("keeps the style of a cell that it shortens", () => {
    const text = table(["NAME", "STATE"], [["hook", styled("bad", REASON)]], 40);
    expect(plain(text)).toContain("…");
    expect(text).not.toBe(plain(text));
    expect(text.split("\n")[1]).toBe(`hook  ${styled("bad", `${REASON.slice(0, 33)}…`)}`);
  });
});

describe("shortened", () => {
  it.each([
    ["注文注文", 5, "注文…"],
    ["注文注文", 4, "注…"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
    ["👩‍🚀👩‍🚀", 3, "👩‍🚀…"],
    ["abc", 3, "abc"],
  ])("cuts no character: %s in %i columns", (text, columns, shown) => {
    expect(shortened(text, columns)).toBe(shown);
  });
});
