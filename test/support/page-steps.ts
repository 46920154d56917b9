/**
 * What a page asks its reader to do, in its order. The info string of a fenced block says more:
 * - `sh`: commands that end with 0; `sh exits=2` with 2; `sh aside` goes on until the page ends, and ends well then;
 *   `sh server` starts what the test has started already.
 * - `text` right below commands: what they print. `…` stands for anything within a line, a line of `…` alone for any lines.
 * - any other, if its first line is a comment with a file's path: the file to write.
 */
export type PageStep =
  | { kind: "run"; line: number; script: string; how: "run" | "aside" | "server"; exitCode: number; prints?: string }
  | { kind: "write"; line: number; path: string; text: string };

const FENCE = /^```(\S*)[ \t]*(.*)\n([\s\S]*?)^```$/gm;
const PATH_COMMENT = /^# (\S+\/\S+\.\w+)$/m;

export function stepsOf(page: string): PageStep[] {
  const steps: PageStep[] = [];
  for (const { 1: language = "", 2: info = "", 3: text = "", index } of page.matchAll(FENCE)) {
    const line = page.slice(0, index).split("\n").length;
    const words = info.split(/\s+/).filter((word) => word !== "");
    const last = steps.at(-1);
    if (language === "sh") {
      const how = words.includes("aside") ? "aside" : words.includes("server") ? "server" : "run";
      const exitCode = Number(/exits=(\d+)/.exec(info)?.[1] ?? 0);
      steps.push({ kind: "run", line, script: text, how, exitCode });
    } else if (language === "text") {
      if (last?.kind !== "run") throw new Error(`line ${line}: it stands below no commands`);
      last.prints = text;
    } else {
      const [, path] = PATH_COMMENT.exec(text.split("\n").slice(0, 2).join("\n")) ?? [];
      if (path === undefined) throw new Error(`line ${line}: no comment at its top names a file`);
      steps.push({ kind: "write", line, path, text });
    }
  }
  return steps;
}

/** The first line of what a page shows that is not printed in that order; undefined if all are. */
export function missingLine(shown: string, printed: string): string | undefined {
  const lines = printed.split("\n").map((line) => line.trimEnd());
  let at = 0;
  let mayPass = false;
  for (const expected of shown.trimEnd().split("\n")) {
    if (expected.trim() === "…") {
      mayPass = true;
      continue;
    }
    const pattern = new RegExp(`^${expected.trimEnd().split("…").map(RegExp.escape).join(".*")}$`);
    const found = lines.findIndex((line, index) => index >= at && pattern.test(line));
    if (found === -1 || (found > at && !mayPass)) return expected;
    at = found + 1;
    mayPass = false;
  }
  const rest = lines.slice(at).filter((line) => line !== "");
  return mayPass || rest.length === 0 ? undefined : `nothing more, and not: ${rest[0]}`;
}
