import { afterAll, beforeAll, expect, it } from "vitest";
import { type CollectorLookup, createCollectorLookup } from "../../shared/collectors/collector-lookup.ts";
import type { CollectorStore } from "../../shared/collectors/collector-store.ts";
import { createHealthRecorder, type HealthRecorder } from "../../shared/collectors/health-recorder.ts";
import { Unavailable } from "../../shared/errors.ts";
import { type CollectorTable, openCollectorTable } from "../support/collector-table.ts";
import { webhookTo } from "../support/collectors.ts";
import { until } from "../support/until.ts";

let collectors: CollectorTable;
let health: HealthRecorder;
beforeAll(async () => {
  collectors = await openCollectorTable();
  health = createHealthRecorder(collectors);
});
afterAll(() => collectors.close());

const put = (name: string, url = "https://a.example.com/") => collectors.store.put(webhookTo(url, { name }));

/** A look-up, and how often it asked the table. */
function lookUp({ ttlMs = 60_000 } = {}): { lookup: CollectorLookup; reads: () => number } {
  let reads = 0;
  const get: CollectorStore["get"] = (name) => {
    reads++;
    return collectors.store.get(name);
  };
  return { lookup: createCollectorLookup({ store: { get }, ttlMs }), reads: () => reads };
}

async function urlFrom(lookup: CollectorLookup, name: string): Promise<unknown> {
  return (await lookup.find(name))?.item.url;
}

it("asks once for a run of deliveries, also if they come all at once", async () => {
  await put("busy");
  const { lookup, reads } = lookUp();
  await Promise.all(Array.from({ length: 50 }, () => lookup.find("busy")));
  expect(await urlFrom(lookup, "busy")).toBe("https://a.example.com/");
  expect(reads()).toBe(1);
});

it("sees an edit once its time is over, and at once if it was told to forget", async () => {
  await put("edited");
  const { lookup } = lookUp({ ttlMs: 300 });
  const remembering = lookUp().lookup;
  for (const one of [lookup, remembering]) await one.find("edited");
  await put("edited", "https://b.example.com/");
  expect(await urlFrom(remembering, "edited")).toBe("https://a.example.com/");
  remembering.forget("edited");
  expect(await urlFrom(remembering, "edited")).toBe("https://b.example.com/");
  await until("the edit is seen", async () =>
    (await urlFrom(lookup, "edited")) === "https://b.example.com/" ? true : undefined,
  );
});

it("does not remember what it had asked for before it was told to forget", async () => {
  await put("changing");
  const { lookup, reads } = lookUp();
  const before = lookup.find("changing");
  lookup.forget("changing");
  const after = lookup.find("changing");
  await Promise.all([before, after]);
  expect(reads()).toBe(2); // who asks after the change must not get the answer to a question from before

  lookup.forget("changing");
  const late = lookup.find("changing");
  lookup.forget("changing");
  await late;
  await put("changing", "https://b.example.com/");
  expect(await urlFrom(lookup, "changing")).toBe("https://b.example.com/");
});

it.each([
  ["missing", async () => {}, (name: string) => put(name)],
  ["invalid", (name: string) => put(name, "no address"), (name: string) => put(name)],
  [
    "paused",
    async (name: string) => {
      await put(name);
      await health.pause(name, "for a move");
    },
    (name: string) => health.resume(name),
  ],
])("asks anew each time for one that is %s, and so sees at once that it is mended", async (state, make, mend) => {
  await make(state);
  const { lookup } = lookUp();
  for (let times = 0; times < 2; times++) {
    const found = await lookup.find(state);
    expect(found?.ok === true && found.health.paused === undefined).toBe(false);
  }
  await mend(state);
  const mended = await lookup.find(state);
  expect(mended?.ok).toBe(true);
  expect(mended?.health).toEqual({});
});

it("does not remember a failure", async () => {
  await put("far");
  const { lookup } = lookUp();
  collectors.proxy.set("refuse");
  await expect(lookup.find("far")).rejects.toThrow(Unavailable);
  collectors.proxy.set("pass");
  expect(await lookup.find("far")).toMatchObject({ ok: true });
});
