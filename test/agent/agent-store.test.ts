import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { StoredAgent, StoredProcess } from "../../shared/agent/agent-item.ts";
import type { AgentStore } from "../../shared/agent/agent-store.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { startWorld, type World } from "../support/world.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const HOUR_MS = 3_600_000;

let world: World;
let store: AgentStore;
let hand: HandEdits;
let now = NOON;
let agentId: string;
let agentsMade = 0;

beforeAll(async () => {
  world = await startWorld({}, { now: () => now });
  store = world.services.agentStore;
  hand = openHandEdits(world);
});
beforeEach(() => {
  now = NOON;
  agentId = `rover-${agentsMade++}`;
});
afterAll(async () => {
  hand.close();
  await world.stop();
});

const processOf = (processName: string, labels: string[] = []): StoredProcess => ({
  ...{ layer: "OS_LINUX", serviceName: "checkout", instanceName: "pod-1", processName, labels },
  values: [{ type: "PROCESS_CPU", uri: "", value: 93.5, at: "2026-01-31T11:59:55.000Z" }],
});
/** Processes that take several items. */
const manyProcesses = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    processOf(
      `p${index}`,
      Array.from({ length: 32 }, () => randomBytes(125).toString("hex")),
    ),
  );
const agentOf = (processes: StoredProcess[], more: Partial<StoredAgent> = {}): StoredAgent => ({
  ...{ agentId, seenAt: new Date(now).toISOString(), processes },
  ...more,
});
const put = async (agent: StoredAgent) => store.put(agent, await store.find(agent.agentId));
const partsThere = async () => (await store.find(agentId)).parts;

describe("an agent", () => {
  it("comes back as it was put", async () => {
    const agent = agentOf([processOf("java"), processOf("nginx", ["canary"])]);
    expect(await put(agent)).toBe(true);
    expect(await store.get(agentId)).toEqual(agent);
  });

  it("is one item with what a person looks for in plain sight", async () => {
    await put(agentOf([processOf("java")]));
    expect(await hand.get("agents", { agentId: { S: agentId }, part: { S: "0" } })).toEqual({
      agentId: { S: agentId },
      part: { S: "0" },
      seenAt: { S: "2026-01-31T12:00:00.000Z" },
      processCount: { N: "1" },
      processes: { B: expect.any(Uint8Array) },
      expiresAt: { N: String(Date.UTC(2026, 1, 2, 12, 0, 0) / 1_000) },
    });
  });

  it("that nobody has heard of is not there", async () => {
    for (const nobody of ["nobody", "", "x".repeat(3_000)]) expect(await store.get(nobody)).toBeUndefined();
  });

  it("of more than an item, a page and a hundred labels comes back whole, and leaves no parts behind", async () => {
    const large = agentOf(manyProcesses(400));
    await put(large);
    expect((await partsThere()).length).toBeGreaterThan(4);
    expect(await store.get(agentId)).toEqual(large);
    now += 1_000;
    const small = agentOf([processOf("java")]);
    await put(small);
    expect(await partsThere()).toEqual(["0"]);
    expect(await store.get(agentId)).toEqual(small);
    now += 1_000;
    const largeAgain = agentOf(manyProcesses(100));
    expect(await put(largeAgain)).toBe(true);
    expect(await store.get(agentId)).toEqual(largeAgain);
  });

  it("is not found once 48 hours have passed, and can be put again", async () => {
    await put(agentOf([processOf("java")]));
    now = NOON + 48 * HOUR_MS;
    expect(await store.get(agentId)).toBeUndefined();
    expect((await store.list()).map(({ agentId }) => agentId)).not.toContain(agentId);
    expect(await put(agentOf([processOf("nginx")]))).toBe(true);
    expect((await store.get(agentId))?.processes).toEqual([processOf("nginx")]);
  });
});

describe("of several writers", () => {
  it("exactly one replaces what all of them found", async () => {
    for (const round of [1, 2]) {
      now = NOON + round * 1_000;
      const found = await store.find(agentId);
      const writers = ["a", "b", "c", "d"].map((name, index) =>
        agentOf([processOf(name)], { seenAt: new Date(now + index).toISOString() }),
      );
      const outcomes = await Promise.all(writers.map((agent) => store.put(agent, found)));
      expect(outcomes.filter((written) => written)).toHaveLength(1);
      expect(await store.get(agentId)).toEqual(writers[outcomes.indexOf(true)]);
    }
  });
});

describe("an item broken by hand", () => {
  it.each([
    ["without anything but its key", {}],
    ["with text for processes", { seenAt: { S: "2026-01-31T11:59:00.000Z" }, processes: { S: "java" } }],
    ["with a time that is none", { seenAt: { S: "zzz" }, expiresAt: { N: "9999999999" } }],
    ["with a number for a time", { seenAt: { N: "12.5" }, expiresAt: { S: "never" } }],
  ])("%s is passed over, and put right by the next write", async (_what, attributes) => {
    await hand.put("agents", { agentId: { S: agentId }, part: { S: "0" }, ...attributes });
    expect(await store.get(agentId)).toBeUndefined();
    expect((await store.list()).map(({ agentId }) => agentId)).not.toContain(agentId);
    expect(await put(agentOf([processOf("java")]))).toBe(true);
    expect((await store.get(agentId))?.processes).toEqual([processOf("java")]);
  });

  it("with a part that is no number stays, and harms nobody", async () => {
    await hand.put("agents", { agentId: { S: agentId }, part: { S: "notes" }, text: { S: "mine" } });
    await put(agentOf([processOf("java")]));
    expect((await store.get(agentId))?.processes).toEqual([processOf("java")]);
    expect(await partsThere()).toEqual(["0", "notes"]);
  });
});

describe("the list", () => {
  it("holds every agent once, in the order of the ids", async () => {
    const ids = ["list-b", "list-a", "list-c"];
    for (const id of ids) await put(agentOf(manyProcesses(id === "list-a" ? 100 : 1), { agentId: id }));
    const listed = (await store.list()).filter(({ agentId }) => agentId.startsWith("list-"));
    expect(listed.map(({ agentId, processes }) => [agentId, processes.length])).toEqual([
      ["list-a", 100],
      ["list-b", 1],
      ["list-c", 1],
    ]);
  });
});
