import { describe, expect, it } from "vitest";
import { TOPICS } from "../../cli/topics.ts";
import { runProgram } from "../support/server-process.ts";

/** What the program loads, as addresses, when it is called so. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const preload = ["--import", "./test/support/tell-loaded.mjs"];
  const { code, stderr } = await runProgram([...preload, "cli/flashpoint.js", ...args]);
  expect(code).toBe(0);
  return [...stderr.matchAll(/^loaded (\S+)$/gm)].map(([, url = ""]) => url);
}

/** The package that a file belongs to; undefined for one of the project. */
const packageOf = (url: string): string | undefined => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];

describe("--help", () => {
  it("of the program loads commander and no other package", async () => {
    const loaded = await loadedBy("--help");
    expect(loaded.some((url) => url.endsWith("/cli/main.ts"))).toBe(true); // or nothing would have been seen
    expect(new Set(loaded.map(packageOf).filter((name) => name !== undefined))).toEqual(new Set(["commander"]));
  });

  it("of the program loads no topic", async () => {
    const loaded = await loadedBy("--help");
    expect(loaded.filter((url) => TOPICS.some(({ name }) => url.includes(`/cli/${name}/`)))).toEqual([]);
  });

  it.each(TOPICS.map(({ name }) => name))("of %s loads no engine's SDK, no YAML, no contracts", async (topic) => {
    const packages = new Set((await loadedBy(topic, "--help")).map(packageOf));
    expect(
      [...packages].filter((name) => /^@(aws-sdk|smithy|bufbuild|connectrpc)\/|^yaml$|re2/.test(name ?? "")),
    ).toEqual([]);
  });
});

it("--version loads no topic", async () => {
  expect((await loadedBy("--version")).filter((url) => url.endsWith("/verbs.ts"))).toEqual([]);
});
