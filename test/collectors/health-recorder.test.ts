import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHealthRecorder, type HealthRecorder } from "../../shared/collectors/health-recorder.ts";
import { NotFound, Unavailable } from "../../shared/errors.ts";
import { type CollectorTable, openCollectorTable } from "../support/collector-table.ts";
import { webhookTo } from "../support/collectors.ts";

const MONDAY = "2026-11-23T10:00:00.000Z";
const TUESDAY = "2026-11-24T10:00:00.000Z";

let collectors: CollectorTable;
let health: HealthRecorder;
let now = MONDAY;

beforeAll(async () => {
  collectors = await openCollectorTable();
  const { documents, table } = collectors;
  health = createHealthRecorder({ documents, table, now: () => Date.parse(now) });
});
afterAll(() => collectors.close());

async function added(name: string) {
  now = MONDAY;
  const collector = webhookTo("https://pager.example.com/", { name });
  await collectors.store.put(collector);
  return collector;
}

const healthOf = async (name: string) => (await collectors.store.get(name))?.health;

describe("health", () => {
  it("keeps the first failure until a success, and leaves the settings alone", async () => {
    const collector = await added("flaky");
    await health.failed("flaky");
    now = TUESDAY;
    await health.failed("flaky");
    expect(await collectors.store.get("flaky")).toMatchObject({ collector, health: { failingSince: MONDAY } });
    await health.succeeded("flaky");
    expect(await healthOf("flaky")).toEqual({});
    await health.failed("flaky");
    expect(await healthOf("flaky")).toEqual({ failingSince: TUESDAY });
  });

  it("stays when settings are put with what stood beside them", async () => {
    const collector = await added("edited");
    await health.failed("edited");
    await health.pause("edited", "for a move");
    const before = await collectors.store.get("edited");
    await collectors.store.put({ ...collector, enabled: false }, before?.item);
    expect(await collectors.store.get("edited")).toMatchObject({
      collector: { enabled: false },
      health: { failingSince: MONDAY, paused: { at: MONDAY, reason: "for a move" } },
    });
  });

  it("of a collector that is gone is not written, so that it does not come back without settings", async () => {
    await health.failed("gone");
    await health.succeeded("gone");
    expect(await health.pauseFailing("gone", MONDAY, "failed")).toBe(false);
    expect(await health.pauseGone("gone", "answered 410")).toBe(false);
    await expect(health.pause("gone", "for a move")).rejects.toThrow(NotFound);
    await expect(health.resume("gone")).rejects.toThrow(NotFound);
    expect(await collectors.store.get("gone")).toBeUndefined();
  });

  it("is Unavailable while DynamoDB cannot be reached", async () => {
    await added("far");
    collectors.proxy.set("refuse");
    await expect(health.failed("far")).rejects.toThrow(Unavailable);
    await expect(health.pauseFailing("far", MONDAY, "failed")).rejects.toThrow(Unavailable);
    collectors.proxy.set("pass");
    expect(await healthOf("far")).toEqual({});
  });
});

describe("a pause", () => {
  it("of a failing collector holds only for the failures it is about", async () => {
    await added("recovered");
    await health.failed("recovered");
    await health.succeeded("recovered");
    expect(await health.pauseFailing("recovered", MONDAY, "failed")).toBe(false);
    now = TUESDAY;
    await health.failed("recovered");
    expect(await health.pauseFailing("recovered", MONDAY, "failed")).toBe(false);
    expect(await healthOf("recovered")).toEqual({ failingSince: TUESDAY });
  });

  it.each([
    ["that fails", (name: string, reason: string) => health.pauseFailing(name, MONDAY, reason)],
    ["that is gone", (name: string, reason: string) => health.pauseGone(name, reason)],
  ])("of a collector %s is told to one of all who pause it, and keeps its reason", async (which, pause) => {
    const name = `many-${which}`;
    await added(name);
    await health.failed(name);
    const paused = await Promise.all(
      ["a", "b", "c", "d"].map(async (reason) => ((await pause(name, reason)) ? [reason] : [])),
    );
    expect(paused.flat()).toHaveLength(1);
    now = TUESDAY;
    expect(await pause(name, "too late")).toBe(false);
    expect(await healthOf(name)).toEqual({ failingSince: MONDAY, paused: { at: MONDAY, reason: paused.flat()[0] } });
  });

  it.each([
    ["that fails", (name: string, reason: string) => health.pauseFailing(name, MONDAY, reason)],
    ["that is gone", (name: string, reason: string) => health.pauseGone(name, reason)],
  ])("reaches a collector %s whose `paused` a hand has set to false", async (which, pause) => {
    const name = `by-hand-${which}`;
    const item = {
      name: { S: name },
      url: { S: "https://a.example.com" },
      failingSince: { S: MONDAY },
      paused: { BOOL: false },
    };
    await collectors.hand.put("collectors", item);
    expect((await healthOf(name))?.paused).toBeUndefined();
    expect(await pause(name, "failed")).toBe(true);
    expect((await healthOf(name))?.paused).toMatchObject({ reason: "failed" });
  });

  it("by the operator replaces the reason; its end forgets the failures too", async () => {
    await added("moved");
    await health.failed("moved");
    await health.pause("moved", "for a move");
    now = TUESDAY;
    await health.pause("moved", "for another");
    expect((await healthOf("moved"))?.paused).toEqual({ at: TUESDAY, reason: "for another" });
    await health.resume("moved");
    expect(await healthOf("moved")).toEqual({});
  });

  it.each([
    ["a word", { S: "yes" }],
    ["a map without a reason", { M: {} }],
    ["true", { BOOL: true }],
  ])("holds if a hand has written it as %s", async (what, paused) => {
    const name = `typed ${what}`;
    await collectors.hand.put("collectors", { name: { S: name }, url: { S: "https://a.example.com" }, paused });
    expect((await healthOf(name))?.paused?.reason).toBe("no reason was given");
  });
});
