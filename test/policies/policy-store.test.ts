import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { Conflict, NotFound } from "../../shared/errors.ts";
import type { Policy } from "../../shared/policies/policy.ts";
import { type HandEdits, openHandEdits, TYPED_TARGETS } from "../support/hand-edits.ts";
import { cpuPolicy } from "../support/policies.ts";
import { startWorld, type World } from "../support/world.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);
/** printf '%s' '{"ON_CPU":{"PROCESS_CPU":{"count":3,"period":10,"threshold":"80","uriList":[],"uriRegex":""}}}' | sha256sum */
const UUID = "076735a38788b5dce6371eb3096e4cb6015b8dc003b006509b65d4ab56add197";
const BY = { updatedBy: "ada" };

let world: World;
let store: World["services"]["policyStore"];
let hand: HandEdits;

beforeAll(async () => {
  world = await startWorld({}, { now: () => NOW });
  store = world.services.policyStore;
  hand = openHandEdits(world);
});
afterAll(async () => {
  hand.close();
  await world.stop();
});

async function validPolicy(serviceName: string): Promise<Policy> {
  const stored = await store.get(serviceName);
  if (stored?.state !== "valid") throw new Error(`${serviceName} has no valid policy: ${JSON.stringify(stored)}`);
  return stored.policy;
}

describe("a policy", () => {
  it("is read back as it was put, with its content's UUID, revision 1, date and author", async () => {
    const policy = {
      serviceName: "fresh",
      targets: cpuPolicy(80),
      uuid: UUID,
      revision: 1,
      updatedAt: "2026-01-01T12:00:00.000Z",
      updatedBy: "ada",
    };
    expect(await store.put("fresh", cpuPolicy(80), BY)).toEqual(policy);
    expect(await store.get("fresh")).toEqual({ state: "valid", policy, staleUuid: false });
    expect(await store.getMany(["fresh"])).toEqual(new Map([["fresh", { state: "valid", policy, staleUuid: false }]]));
  });

  it("counts its revisions up", async () => {
    const revisions = [];
    for (const threshold of [80, 80, 90]) {
      revisions.push((await store.put("counted", cpuPolicy(threshold), BY)).revision);
    }
    expect(revisions).toEqual([1, 2, 3]);
  });

  it.each([0, 1])(
    "takes at least one of ten concurrent puts over revision %i, and counts each that it took",
    async (at) => {
      const serviceName = `raced at ${at}`;
      if (at === 1) await store.put(serviceName, cpuPolicy(99), BY);
      const puts = Array.from({ length: 10 }, (_, index) =>
        store.put(serviceName, cpuPolicy(index + 1), { updatedBy: `writer ${index}` }),
      );
      const outcomes = await Promise.allSettled(puts);
      const winners = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
      const revisions = winners.map(({ revision }) => revision).sort((a, b) => a - b);
      expect(revisions).toEqual(Array.from(revisions, (_, index) => at + 1 + index));
      expect(errors.map((error) => error instanceof Conflict)).toEqual(errors.map(() => true));
      expect(await validPolicy(serviceName)).toEqual(winners.find(({ revision }) => revision === revisions.at(-1)));
    },
  );

  it("is gone once deleted, and goes on counting after its deletion when put again", async () => {
    await store.put("gone", cpuPolicy(80), BY);
    await store.delete("gone");
    expect(await store.get("gone")).toBeUndefined();
    expect((await store.getMany(["gone"])).size).toBe(0);
    expect((await store.put("gone", cpuPolicy(80), BY)).revision).toBe(3);
  });

  it.each(["nobody", "", "x".repeat(2_049)])("that does not exist cannot be deleted (%#)", async (serviceName) => {
    await expect(store.delete(serviceName)).rejects.toThrow(NotFound);
    expect(await store.get(serviceName)).toBeUndefined();
  });
});

test("the list holds every policy, valid or not, in the order of the names", async () => {
  const names = ["list b", "list C", "list a"];
  for (const name of names) await store.put(name, cpuPolicy(80), BY);
  await hand.put("policies", { serviceName: { S: "list aa" } });
  const listed = (await store.list()).map((stored) =>
    stored.state === "valid" ? stored.policy.serviceName : `${stored.serviceName}: ${stored.faults.length} fault`,
  );
  expect(listed.filter((name) => name.startsWith("list "))).toEqual(["list C", "list a", "list aa: 1 fault", "list b"]);
});

test("250 names are found in one call, with duplicates, absent and impossible names among them", async () => {
  const names = Array.from({ length: 250 }, (_, index) => `many ${index}`);
  for (const name of names) await hand.put("policies", { serviceName: { S: name }, targets: TYPED_TARGETS });
  // 2,048 bytes are the most that DynamoDB takes as a key; "é" has two.
  const impossible = ["", "é".repeat(1_025)];
  const absent = ["nobody", "é".repeat(1_024)];
  const found = await store.getMany([...names.slice(0, 60), ...names, ...impossible, ...absent, "nobody"]);
  expect([...found.keys()].sort()).toEqual([...names].sort());
  expect([...found.values()].every((stored) => stored.state === "valid" && stored.policy.uuid === UUID)).toBe(true);
});

test("no names are found without asking anybody", async () => {
  expect(await store.getMany([])).toEqual(new Map());
  expect(await store.getMany(["", ""])).toEqual(new Map());
});
