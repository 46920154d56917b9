import { expect, it } from "vitest";
import { runProgram } from "../support/server-process.ts";

/** The demo gives up by itself before this. */
const LIMIT_MS = 80_000;
/** A function of the busy program, in the table of top functions. */
const TOP_FUNCTION = /█·* +[\d.]+ % +[\d.]+ % {3}\w+ busy-process\.ts:\d+$/m;

it(
  "the demo takes a policy all the way to a flame graph of a real process",
  async () => {
    const { code, stdout, stderr } = await runProgram(["server/demo/main.ts"], { timeoutMs: LIMIT_MS });
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });

    const story = [
      /agent: reported its process, which is known as [0-9a-f]{12}…/,
      /agent: polled and got the policy, uuid /,
      /agent: threshold crossed, \d+ % ≥ 20 %; reported, task [0-9a-f-]{36}$/m,
      /collector: event flashpoint\.task\.reported\.v1 for demo-checkout arrived, signature verified/,
      /agent: uploaded \d+ samples at \d+ stacks/,
      /collector: event flashpoint\.profile\.collected\.v1 for demo-checkout arrived, signature verified/,
      /collector: fetched the profile by its link: pprof, \d+ bytes, [1-9]\d* samples/,
      /server: heard from the agent's meters that PROCESS_CPU of the process is [1-9]\d* % now/,
      TOP_FUNCTION,
      /its hottest stack, as a folded line: \S.*;\w+ busy-process\.ts:\d+.* \d+$/m,
      /done: the whole loop works on this machine/,
    ];
    const places = story.map((line) => stdout.search(line));
    expect(places, stdout).toEqual(places.filter((place) => place >= 0).toSorted((a, b) => a - b));
    expect(stdout.match(/flashpoint\.profile\.collected\.v1/g)).toHaveLength(2);
  },
  LIMIT_MS + 5_000,
);
