import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/until.ts";
import { GROUPS } from "./groups.ts";
import { type Doors, HOSTS, type Host, type HostileCase } from "./hostile-case.ts";
import { hostilePage } from "./hostile-page.ts";
import { type HostileWorld, startHostileWorld } from "./hostile-world.ts";
import { sendCall } from "./send-call.ts";

/** Far less than what the largest of the bombs would open to. */
const MOST_BYTES_MORE = 400_000_000;

let world: HostileWorld;
beforeAll(async () => {
  world = await startHostileWorld();
});
afterAll(() => world.stop());

const CASES = GROUPS.flatMap(({ cases }) => cases);
const sent = (cases: readonly HostileCase[]) =>
  cases.flatMap((hostile) =>
    HOSTS.flatMap((host) => {
      const answer = hostile.answers[host];
      return answer === undefined ? [] : [[hostile.name, host, answer, hostile] as const];
    }),
  );

/** Whoever sent what before, the next caller is served: by the server that it was sent to, over the same protocol. */
async function expectServed(host: Host): Promise<void> {
  const { doors } = world;
  const sent = host === "HTTP" ? "Connect" : host;
  expect(await sendCall(sent, doors, {})).toBe("ok");
  if (sent.startsWith("Lambda")) return;
  const atImpatient: Doors = { ...doors, ...doors.impatient };
  // Which may have as many connections for a moment as it takes.
  await until("a poll is served", async () => ((await sendCall(sent, atImpatient, {})) === "ok" ? true : undefined));
}

describe.each(GROUPS)("$title:", ({ cases }) => {
  it.each(sent(cases))("%s, by %s, is answered %s", async (_name, host, answer, hostile) => {
    const before = process.memoryUsage.rss();
    const logged = world.log.length;
    expect(await hostile.send(host, world.doors)).toBe(answer);
    expect(process.memoryUsage.rss() - before).toBeLessThan(MOST_BYTES_MORE);
    expect(world.log.slice(logged).filter(({ level }) => level === "error")).toEqual([]);
    await expectServed(host);
  });
});

it("there are many of them, and none is answered as if the fault were ours", () => {
  expect(CASES.length).toBeGreaterThan(36);
  for (const { cases } of GROUPS) expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  for (const { answers } of CASES) {
    for (const answer of Object.values(answers))
      expect(answer).not.toMatch(/internal|unknown|unavailable|HTTP 5|no answer|open/);
  }
});

it("docs/hostile-calls.md is what the cases say; `npm run docs:hostile` makes it anew", () => {
  expect(readFileSync(new URL("../../docs/hostile-calls.md", import.meta.url), "utf8")).toBe(hostilePage());
});
