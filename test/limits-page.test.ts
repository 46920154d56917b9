import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { STREAM_LIMITS } from "../server/grpc/connect-adapter.ts";
import { CONNECTION_LIMITS } from "../server/grpc/connections.ts";
import { CONNECTION_AGE } from "../server/grpc/grpc-server.ts";
import { HTTP_LIMITS } from "../server/http/http-limits.ts";
import { VARIABLES, type VariableName } from "../shared/settings.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
/** Where requests are taken. Every limit in there is on the page, or below with the reason why it is not. */
const FOLDERS = [
  "shared/rpc",
  "shared/agent",
  "shared/tasks",
  "shared/access",
  "shared/profiles",
  "server/grpc",
  "server/http",
];
const ELSEWHERE: Readonly<Record<string, string>> = {
  "shared/rpc/cors.ts MAX_AGE_SECONDS": "how long a browser keeps an answer",
  "shared/access/scope-filter.ts MAX_TOKENS": "how often the log repeats itself",
  "shared/agent/report-budget.ts MAX_SERVICES": "what goes on during an outage",
  "shared/rpc/retry-hint.ts MAX_RETRY_MS": "how long callers are told to wait at most",
  "shared/tasks/budget-store.ts MAX_TRIES": "none has been seen to need them",
  "shared/tasks/trigger-budget.ts MAX_FULL": "what is refused without a look into the table",
  "shared/tasks/active-tasks.ts MAX_FREED": "of one write",
  "shared/tasks/report-store.ts MAX_CLAIMS": "within the dispatcher",
  "shared/tasks/report-store.ts MAX_TRIES": "within the dispatcher",
  "shared/profiles/pprof-builder.ts MAX_INT64": "what a file can hold",
  "shared/profiles/stack-samples.ts MAX_EPOCH_MS": "what a file can hold",
  "shared/profiles/profile-store.ts MAX_LISTED": "of the command line",
};
const OBJECTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  STREAM_LIMITS: { ...STREAM_LIMITS },
  CONNECTION_LIMITS: { ...CONNECTION_LIMITS },
  CONNECTION_AGE: { ...CONNECTION_AGE },
  HTTP_LIMITS: { ...HTTP_LIMITS },
};

interface Row {
  readonly limit: string;
  readonly where: string;
}
const rows: Row[] = read("docs/limits.md")
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter((cells) => cells.length === 6 && cells[1] !== "what" && cells[1] !== "---")
  .map(([, , limit = "", , where = ""]) => ({ limit, where }));

/** What a constant of a file is, if it is written as a number, or as another constant of ours. */
function constantOf(file: string, name: string): number | undefined {
  const [object = "", field] = name.split(".");
  if (field !== undefined) return OBJECTS[object]?.[field];
  const text = new RegExp(`const ${name} = ([^;]+);`).exec(read(file))?.[1] ?? "";
  if (/^[\d_ *]+$/.test(text))
    return text.split("*").reduce((product, factor) => product * Number(factor.replaceAll("_", "")), 1);
  if (text === "MAX_KEY_BYTES") return constantOf("shared/aws/key.ts", text);
  return undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  KiB: 1_024,
  MiB: 1_048_576,
  MB: 1,
  s: 1_000,
  min: 60_000,
  day: 86_400,
};

/** All numbers that a text may mean: as it is written, and in the smaller unit. */
function meaningsOf(text: string): number[] {
  const [, digits = "", unit = ""] = /^([\d.,]+) ?(\w*)/.exec(text) ?? [];
  const number = Number(digits.replaceAll(",", ""));
  return [number, number * (UNITS[unit] ?? 1)];
}

describe("docs/limits.md", () => {
  const constants = rows.flatMap(({ limit, where }) => {
    const [, name = "", file = ""] = /^`([\w.]+)` in `([\w./-]+)`$/.exec(where) ?? [];
    return name === "" ? [] : [{ limit, name, file }];
  });

  it("has many of them", () => {
    expect(rows.length).toBeGreaterThan(55);
    expect(constants.length).toBeGreaterThan(45);
  });

  // This one is reckoned from another.
  it.each(constants.filter(({ name }) => name !== "MAX_BODY_BYTES"))(
    "says of $name in $file what it is",
    ({ limit, name, file }) => {
      const value = constantOf(file, name);
      expect(value).toBeTypeOf("number");
      expect(meaningsOf(limit)).toContain(value);
    },
  );

  it.each([
    "FLASHPOINT_MAX_CONNECTIONS",
    "FLASHPOINT_MAX_SERVICES_PER_QUERY",
    "FLASHPOINT_POLICY_CACHE_ENTRIES",
    "FLASHPOINT_REPORTS_PER_MINUTE",
  ] as VariableName[])("says of %s what it is by default", (name) => {
    const [row] = rows.filter(({ where }) => where === `\`${name}\``);
    expect(meaningsOf(row?.limit ?? "")).toContain(Number(VARIABLES[name].default));
  });

  it("leaves out none of those that requests meet", () => {
    const files = FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`));
    const found = files.flatMap((file) =>
      [...read(file).matchAll(/^(?:export )?const (MAX_\w+) = /gm)].map(([, name]) => `${file} ${name}`),
    );
    const told = constants.map(({ file, name }) => `${file} ${name}`);
    expect(found.length).toBeGreaterThan(30);
    expect(found.filter((limit) => !told.includes(limit) && ELSEWHERE[limit] === undefined)).toEqual([]);
    expect(Object.keys(ELSEWHERE).filter((limit) => !found.includes(limit))).toEqual([]);
  });
});
