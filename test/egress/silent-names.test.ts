import dns from "node:dns";
import { createServer } from "node:http";
import type { LookupFunction } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { blockedAddressIn } from "../../shared/egress/blocked-address.ts";
import { createEgress } from "../../shared/egress/egress.ts";
import { createNameStanding } from "../../shared/egress/name-standing.ts";
import { post } from "../../shared/egress/post.ts";
import { sharedLookup } from "../../shared/egress/shared-lookup.ts";
import { listeningOn } from "../support/listening-on.ts";
import { GIVE_UP_MS, simulatedResolver } from "../support/simulated-resolver.ts";
import { until } from "../support/until.ts";

const SILENT = "the name servers of silent.example did not answer within 3000 ms";
const names = (count: number) => Array.from({ length: count }, (_, index) => `silent${index}.example`);

test("a name that was not answered in time fails at once, with no other lookup, for a minute", async () => {
  const resolver = simulatedResolver();
  resolver.silent.add("silent.example");
  resolver.ask("silent.example");
  await resolver.pass(3_000);
  while (resolver.now() < GIVE_UP_MS + 59_000) {
    const asked = resolver.ask("silent.example");
    await resolver.pass(0);
    expect(asked).toMatchObject({ endedAt: asked.at, error: new Error(SILENT) });
    await resolver.pass(500);
  }
  expect(resolver.begun).toHaveLength(1);
  await resolver.pass(1_500);
  resolver.ask("silent.example");
  expect(resolver.begun).toHaveLength(2);
});

test("a lookup that goes on for minutes is not joined by another of its name", async () => {
  const resolver = simulatedResolver();
  resolver.slow.set("silent.example", 600_000);
  resolver.ask("silent.example");
  await resolver.pass(300_000);
  const asked = resolver.ask("silent.example");
  await resolver.pass(0);
  expect(asked.error).toEqual(new Error(SILENT));
  expect(resolver.begun).toHaveLength(1);
});

test("an address that came late lifts the silence, an answer without one does not", async () => {
  const resolver = simulatedResolver();
  resolver.slow.set("late.example", 4_000);
  resolver.silent.add("silent.example");
  resolver.ask("late.example");
  resolver.ask("silent.example");
  await resolver.pass(GIVE_UP_MS);
  resolver.slow.clear();
  resolver.silent.clear();
  const [late, silent] = [resolver.ask("late.example"), resolver.ask("silent.example")];
  await resolver.pass(5);
  expect(late.error).toBeNull();
  expect(silent.error).toEqual(new Error(SILENT));
});

test.each([1, 2, 7, 40])(
  "%i silent names, asked for again and again, hold up no other after their first try",
  async (count) => {
    const resolver = simulatedResolver();
    for (const name of names(count)) resolver.silent.add(name);
    for (const name of names(count)) resolver.ask(name);
    await resolver.pass(Math.ceil(count / 2) * GIVE_UP_MS);
    for (let second = 0; second < 600; second++) {
      for (const name of names(count)) resolver.ask(name);
      const known = resolver.ask("collector.example");
      const fresh = resolver.ask(`collector${second}.example`);
      await resolver.pass(10);
      expect([known.error, fresh.error]).toEqual([null, null]);
      expect(resolver.hosts().length).toBeLessThanOrEqual(1);
      await resolver.pass(990);
    }
    // They were tried again meanwhile, one after the other.
    const tries = resolver.begun.filter(({ host }) => host.startsWith("silent"));
    expect(tries.length).toBeGreaterThan(count);
  },
);

test("silent names that nobody knows yet take two threads at a time, each name once", async () => {
  const resolver = simulatedResolver();
  const asked = names(20);
  for (const name of asked) resolver.silent.add(name);
  for (const name of asked) resolver.ask(name);
  const healthy = resolver.ask("collector.example");
  for (let second = 0; second < 100; second++) {
    expect(resolver.hosts()).toHaveLength(2);
    await resolver.pass(1_000);
    for (const name of asked) resolver.ask(name);
  }
  await resolver.pass(5);
  expect(healthy).toMatchObject({ endedAt: 100_005, error: null });
  expect(resolver.begun.slice(0, 20).map(({ host }) => host)).toEqual(asked);
});

test("a name that is answered slowly leaves a thread to others", async () => {
  const resolver = simulatedResolver();
  resolver.slow.set("slow0.example", 2_500).set("slow1.example", 2_500);
  for (const name of ["slow0.example", "slow1.example"]) resolver.ask(name);
  await resolver.pass(2_500);
  for (let second = 0; second < 60; second++) {
    for (const name of ["slow0.example", "slow1.example"]) resolver.ask(name);
    const healthy = resolver.ask("collector.example");
    await resolver.pass(10);
    expect(healthy.error).toBeNull();
    await resolver.pass(990);
  }
  const tries = resolver.begun.filter(({ at }) => at > 0);
  for (const name of ["slow0.example", "slow1.example"]) expect(tries.map(({ host }) => host)).toContain(name);
});

test("a name whose servers are back is asked for in its turn, and like any other from then on", async () => {
  const resolver = simulatedResolver();
  const all = names(8);
  for (const name of all) resolver.silent.add(name);
  for (const name of all) resolver.ask(name);
  await resolver.pass(4 * GIVE_UP_MS + 60_000);
  resolver.silent.delete("silent5.example");
  const beganAt = resolver.now();
  let isBack = false;
  while (!isBack && resolver.now() < beganAt + all.length * GIVE_UP_MS) {
    for (const name of all) resolver.ask(name);
    await resolver.pass(20);
    const asked = resolver.ask("silent5.example");
    await resolver.pass(5);
    isBack = asked.error === null;
    await resolver.pass(975);
  }
  expect(isBack).toBe(true);
  expect(resolver.hosts()).toHaveLength(1); // the others still take their turns
  const asked = resolver.ask("silent5.example");
  await resolver.pass(5);
  expect(asked.error).toBeNull();
});

test("a name that waits for its turn too long fails at once and says why", async () => {
  const resolver = simulatedResolver();
  for (const name of names(2)) resolver.silent.add(name);
  for (const name of names(2)) resolver.ask(name);
  resolver.ask("collector.example");
  await resolver.pass(3_000);
  const asked = resolver.ask("collector.example");
  await resolver.pass(0);
  expect(asked.error?.message).toBe(
    "collector.example cannot be resolved before other names, whose name servers do not answer",
  );
});

test("what is remembered has bounds", async () => {
  const standing = createNameStanding({ timeoutMs: 3_000, now: () => 0 });
  for (let index = 0; index <= 1_000; index++) standing.ended(`${index}`, { tookMs: 3_000, hasAnswer: false });
  expect([standing.isSilent("0"), standing.isSilent("1"), standing.isSilent("1000")]).toEqual([false, true, true]);

  const resolver = simulatedResolver();
  for (const name of names(2_000)) resolver.silent.add(name);
  const asked = names(2_000).map((name) => resolver.ask(name));
  await resolver.pass(0);
  expect(asked.filter(({ error }) => error === undefined)).toHaveLength(1_000);
});

test("a delivery to a silent name is one to try again, and those to others go on", async () => {
  let answers = 0;
  const port = await listeningOn(createServer((_request, response) => void response.end(`${++answers}`)));
  const held: Parameters<LookupFunction>[2][] = [];
  const lookup = sharedLookup(
    (host, options, callback) => {
      if (host === "localhost") (dns.lookup as LookupFunction)(host, options, callback);
      else held.push(callback);
    },
    { timeoutMs: 200 },
  );
  const egress = createEgress({ networks: ["127.0.0.0/8"], lookup, connectTimeoutMs: 200 });
  onTestFinished(() => {
    egress.close();
    for (const callback of held) callback(new Error("given up"), "", 0);
  });
  const send = (host: string) =>
    post(`http://${host}:${port}/`, { headers: {}, body: "", egress, timeoutMs: 5_000, maxAnswerBytes: 0 }).then(
      ({ status }) => status,
      (error: Error) => error,
    );
  expect(await send("silent.example")).toEqual(new Error("no connection within 200 ms"));
  const failed = await until("the name to count as silent", async () => {
    const error = await send("silent.example");
    return error instanceof Error && error.message.startsWith("the name servers") ? error : undefined;
  });
  expect(blockedAddressIn(failed)).toBeUndefined();
  expect(held).toHaveLength(1);
  expect(await send("localhost")).toBe(200);
});
