import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../support/server-process.ts";
import { temporaryFolder } from "../support/world.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** `policies validate` needs no engine, so it gets none. */
async function validate(text: string) {
  const file = join(folder.path, "policy.yaml");
  await writeFile(file, text);
  return { file, ...(await runProgram(["cli/main.ts", "policies", "validate", "-f", file])) };
}

test("the example in docs is valid", async () => {
  const file = "docs/examples/policy.yaml";
  expect(await runProgram(["cli/main.ts", "policies", "validate", "-f", file])).toEqual({
    code: 0,
    stdout: `${file}: valid\n`,
    stderr: "",
  });
});

test("every fault is named with file, line and column, in the order of the lines", async () => {
  const { code, stdout, stderr, file } = await validate(`policy:
  - type: ON_CPU
    checkers:
      - type: PROCESS_CPU
        threshold: 101
        period: 10
        count: 11
      - type: SYSTEM_LOUD
  - type: SIDEWAYS
    checkers: []
colour: red
`);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  const places = [...stderr.matchAll(/^ {2}(.+):(\d+):(\d+): (\S+) /gm)].map(([, ...place]) => place.join(" "));
  expect(places).toEqual([
    `${file} 5 20 policy[0].checkers[0].threshold`,
    `${file} 7 16 policy[0].checkers[0].count`,
    `${file} 8 15 policy[0].checkers[1].type`,
    `${file} 9 11 policy[1].type`,
    `${file} 10 15 policy[1].checkers`,
    `${file} 11 9 colour`,
  ]);
  expect(stderr).toContain("is 101; it takes a whole percentage over 0, up to 100");
});

test("every fault of syntax is named with its place", async () => {
  const { code, stderr, file } = await validate('policy: [{type: "ON_CPU}]\nthreshold: [\n');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^ {2}.+:\d+:\d+: \S/m);
  expect(stderr).toContain(file);
});

test.each([
  ["nothing", ""],
  ["a text", "policy"],
  ["a list", "[]"],
  ["other things", "apiVersion: v1"],
])("a file that holds %s is told what a policy file takes", async (_what, text) => {
  const { code, stderr } = await validate(text);
  expect(code).toBe(2);
  expect(stderr).toMatch(/:1:1: policy is missing; it takes a list/);
});

test("a policy over 100 KB is refused with its size", async () => {
  const uriList = Array.from({ length: 10_000 }, (_, index) => `/item/${index}`);
  const checkers = [{ type: "HTTP_ERROR_RATE", threshold: 5, period: 10, count: 3, uriList }];
  const { code, stderr } = await validate(JSON.stringify({ policy: [{ type: "NETWORK", checkers }] }));
  expect(code).toBe(2);
  expect(stderr).toMatch(/:1:\d+: policy is too large: \d{6} bytes as JSON, at most 102400; shorten the URI lists/);
});

test("a file of 8 MiB is read, one byte more is refused", async () => {
  const policy = "policy: [{type: ON_CPU, checkers: [{type: PROCESS_CPU, threshold: 80, period: 10, count: 3}]}] # ";
  const full = policy.padEnd(8_388_608, "x");
  expect(await validate(full)).toMatchObject({ code: 0, stderr: "" });
  const { code, stderr } = await validate(`${full}x`);
  expect(code).toBe(2);
  expect(stderr).toContain("too large: over 8388608 bytes");
});

test("standard input over 8 MiB is refused", async () => {
  const { code, stderr } = await runProgram(["cli/main.ts", "policies", "validate", "-f", "-"], {
    stdin: "#".repeat(20_000_000),
  });
  expect(code).toBe(2);
  expect(stderr).toContain("standard input is not valid:\n  is too large");
});

test("a file that cannot be read is named", async () => {
  const { code, stderr } = await runProgram(["cli/main.ts", "policies", "validate", "-f", "missing.yaml"]);
  expect(code).toBe(2);
  expect(stderr).toContain("missing.yaml is not valid:\n  cannot be read: ");
});
