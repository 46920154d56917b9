import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCollectorLookup } from "../../shared/collectors/collector-lookup.ts";
import { createHealthRecorder } from "../../shared/collectors/health-recorder.ts";
import type { Outcome } from "../../shared/collectors/outcome.ts";
import { createCollectorWatch } from "../../shared/deliveries/collector-watch.ts";
import { createLogger } from "../../shared/log.ts";
import { type Metrics, noMetrics } from "../../shared/metrics.ts";
import { type CollectorTable, openCollectorTable } from "../support/collector-table.ts";
import { webhookTo } from "../support/collectors.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const START = Date.parse("2026-11-23T10:00:00.000Z");

const TAKEN: Outcome = { kind: "delivered" };
const NOT_NOW: Outcome = { kind: "retry", reason: "answered 503" };
const NEVER: Outcome = { kind: "refused", reason: "answered 400" };
const GONE: Outcome = { kind: "gone", reason: "answered 410: moved" };
const DROPPED: Outcome = { kind: "dropped", reason: "its profile expired" };

let collectors: CollectorTable;
let added = 0;
beforeAll(async () => {
  collectors = await openCollectorTable();
});
afterAll(() => collectors.close());

/** A collector of its own, which processes with one clock watch. */
async function watched() {
  const name = `hook-${added++}`;
  const { documents, table, store } = collectors;
  await store.put(webhookTo("https://pager.example.com/", { name }));
  const clock = { ms: START };
  const now = (): number => clock.ms;
  const pauses = { counted: 0, log: [] as Record<string, unknown>[] };

  /** One process. Each attempt begins with a look at the collector, as the forwarder's do. */
  function startProcess() {
    const lookup = createCollectorLookup({ store, ttlMs: 60_000 });
    const metrics: Metrics = {
      ...noMetrics,
      count(counter) {
        if (counter === "collectors_paused_total") pauses.counted++;
      },
    };
    const log = createLogger("warn", { write: (line) => pauses.log.push(JSON.parse(line)) });
    const health = createHealthRecorder({ documents, table, now });
    const watch = createCollectorWatch({ health, lookup, log, metrics, now });
    async function begin() {
      const stored = await lookup.find(name);
      if (stored === undefined) throw new Error("no such collector");
      return (outcome: Outcome): Promise<void> => watch(stored, outcome);
    }
    return { begin, ends: async (outcome: Outcome) => (await begin())(outcome) };
  }

  const health = async () => (await store.get(name))?.health;
  return { name, clock, pauses, health, startProcess, ...startProcess() };
}

const at = (ms: number): string => new Date(ms).toISOString();

describe("a collector that fails", () => {
  test.each([
    ["not now", NOT_NOW],
    ["never", NEVER],
  ])("by %s is noted with its first failure's time, and is paused at the first after five days", async (_, outcome) => {
    const { name, clock, pauses, health, ends } = await watched();
    await ends(outcome);
    clock.ms += 3 * DAY_MS;
    await ends(outcome);
    clock.ms = START + 5 * DAY_MS - 1;
    await ends(outcome);
    expect(await health()).toEqual({ failingSince: at(START) });
    expect(pauses).toEqual({ counted: 0, log: [] });
    clock.ms = START + 5 * DAY_MS;
    await ends(outcome);
    const reason = expect.stringContaining((outcome as { reason: string }).reason);
    expect(await health()).toEqual({ failingSince: at(START), paused: { at: at(clock.ms), reason } });
    expect(pauses.counted).toBe(1);
    expect(pauses.log).toMatchObject([{ level: "error", collector: name, reason }]);
  });

  test("is not paused by time alone, nor by what it was not asked to take", async () => {
    const { clock, health, ends } = await watched();
    await ends(NOT_NOW);
    clock.ms += 9 * DAY_MS;
    await ends(DROPPED);
    expect(await health()).toEqual({ failingSince: at(START) });
  });

  test("and succeeds in between, in whatever process, begins anew", async () => {
    const { clock, health, ends, startProcess } = await watched();
    const other = startProcess();
    await ends(NOT_NOW);
    clock.ms += 4 * DAY_MS;
    await other.ends(TAKEN);
    clock.ms += DAY_MS;
    const since = clock.ms;
    await ends(NOT_NOW); // this process still remembers the failures from before
    expect((await health())?.paused).toBeUndefined();
    await ends(NOT_NOW);
    clock.ms = since + 5 * DAY_MS - 1;
    await ends(NOT_NOW);
    expect(await health()).toEqual({ failingSince: at(since) });
  });

  test("fails from the first on, whichever process saw it", async () => {
    const { clock, health, ends, startProcess } = await watched();
    await ends(NOT_NOW);
    clock.ms += 2 * DAY_MS;
    await startProcess().ends(NOT_NOW);
    expect(await health()).toEqual({ failingSince: at(START) });
    clock.ms = START + 5 * DAY_MS;
    await startProcess().ends(NOT_NOW);
    expect((await health())?.paused).toBeDefined();
  });

  test("has not failed without a success if one was under way when the failure was noted", async () => {
    const { begin, health } = await watched();
    const [first, second] = [await begin(), await begin()];
    await first(NOT_NOW);
    await second(TAKEN);
    expect(await health()).toEqual({});
  });

  test("less than a minute after a success is forgiven, later not", async () => {
    const { clock, health, ends } = await watched();
    await ends(TAKEN);
    clock.ms += MINUTE_MS - 1;
    await ends(NOT_NOW);
    expect(await health()).toEqual({});
    clock.ms += 1;
    await ends(NOT_NOW);
    expect(await health()).toEqual({ failingSince: at(START + MINUTE_MS) });
  });

  test("is paused once, however many attempts end at the same time", async () => {
    const { clock, pauses, begin, ends, startProcess } = await watched();
    await ends(NOT_NOW);
    clock.ms += 5 * DAY_MS;
    const attempts = await Promise.all([begin(), begin(), startProcess().begin(), startProcess().begin()]);
    await Promise.all(attempts.map((end) => end(NOT_NOW)));
    expect(pauses.counted).toBe(1);
    expect(pauses.log).toHaveLength(1);
  });
});

describe("a collector that says it is gone", () => {
  test("is paused at once, with its answer as the reason", async () => {
    const { name, pauses, health, ends } = await watched();
    await ends(TAKEN);
    await ends(GONE);
    expect(await health()).toEqual({ paused: { at: at(START), reason: "answered 410: moved" } });
    expect(pauses.counted).toBe(1);
    expect(pauses.log).toMatchObject([{ level: "error", collector: name, reason: "answered 410: moved" }]);
  });

  test("to many at once is paused once", async () => {
    const { pauses, begin, startProcess } = await watched();
    const attempts = await Promise.all([begin(), begin(), startProcess().begin()]);
    await Promise.all(attempts.map((end) => end(GONE)));
    expect(pauses.counted).toBe(1);
    expect(pauses.log).toHaveLength(1);
  });
});

describe("a delivery does not fail", () => {
  test("while health cannot be written; the next one notes it", async () => {
    const { begin, pauses, health, ends } = await watched();
    const attempts = [await begin(), await begin()];
    collectors.proxy.set("refuse");
    await Promise.all([attempts[0]?.(NOT_NOW), attempts[1]?.(GONE)]);
    collectors.proxy.set("pass");
    expect(await health()).toEqual({});
    expect(pauses.counted).toBe(0);
    expect(pauses.log).toHaveLength(2);
    await ends(GONE);
    expect(await health()).toMatchObject({ paused: { reason: "answered 410: moved" } });
  });

  test.each([GONE, NOT_NOW, TAKEN])(
    "if its collector was deleted meanwhile and the outcome is $kind",
    async (outcome) => {
      const { name, begin, pauses } = await watched();
      const end = await begin();
      await collectors.store.delete(name);
      await end(outcome);
      expect(await collectors.store.get(name)).toBeUndefined();
      expect(pauses.counted).toBe(0);
    },
  );

  test("if DynamoDB refuses the write, as it does when an item is full", async () => {
    const { name, begin, pauses } = await watched();
    const end = await begin();
    const full = { name: { S: name }, url: { S: "https://a.example.com" }, note: { S: "x".repeat(400 * 1_024 - 80) } };
    await collectors.hand.put("collectors", full);
    await end({ kind: "gone", reason: "x".repeat(1_000) });
    expect(pauses.counted).toBe(0);
    expect(pauses.log).toHaveLength(1);
  });
});
