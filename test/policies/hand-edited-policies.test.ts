import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Policy } from "../../shared/policies/policy.ts";
import { type HandEdits, openHandEdits, TYPED_TARGETS } from "../support/hand-edits.ts";
import { cpuPolicy } from "../support/policies.ts";
import { startWorld, type World } from "../support/world.ts";

/** printf '%s' '{"ON_CPU":{"PROCESS_CPU":{"count":3,"period":10,"threshold":"80","uriList":[],"uriRegex":""}}}' | sha256sum */
const UUID = "076735a38788b5dce6371eb3096e4cb6015b8dc003b006509b65d4ab56add197";
const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

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

async function typeIn(serviceName: string, attributes: Record<string, AttributeValue>): Promise<void> {
  await hand.put("policies", { serviceName: { S: serviceName }, targets: TYPED_TARGETS, ...attributes });
}

async function validPolicy(serviceName: string): Promise<Policy> {
  const stored = await store.get(serviceName);
  if (stored?.state !== "valid") throw new Error(`${serviceName} has no valid policy: ${JSON.stringify(stored)}`);
  return stored.policy;
}

const itemOf = (serviceName: string) => hand.get("policies", { serviceName: { S: serviceName } });

/** What hands may leave as a revision, the revision that such an edit is counted as, and that of what replaces it. */
const REVISIONS: [name: string, attributes: Record<string, AttributeValue>, counted: string, next: string][] = [
  ["no revision", {}, "1", "2"],
  ["7", { revision: { N: "7" } }, "8", "9"],
  ["2.5", { revision: { N: "2.5" } }, "3.5", "4.5"],
  ["0.5", { revision: { N: "0.5" } }, "1", "2"],
  ["7 as text", { revision: { S: "7" } }, "1", "2"],
  ["0", { revision: { N: "0" } }, "1", "2"],
  ["-1", { revision: { N: "-1" } }, "1", "2"],
  ["1e30", { revision: { N: "1e30" } }, "1", "2"],
  ["1e-30", { revision: { N: "1e-30" } }, "1", "2"],
  ["1e15, the last that a hand may make up", { revision: { N: "1e15" } }, "1000000000000001", "1000000000000002"],
  ["one more", { revision: { N: "1000000000000001" } }, "1", "2"],
  ["9007199254740989", { revision: { N: "9007199254740989" } }, "1", "2"],
  ["9007199254740990", { revision: { N: "9007199254740990" } }, "1", "2"],
  ["null", { revision: { NULL: true } }, "1", "2"],
  ["true", { revision: { BOOL: true } }, "1", "2"],
  ["a number set", { revision: { NS: ["7"] } }, "1", "2"],
  ["a map", { revision: { M: { revision: { N: "7" } } } }, "1", "2"],
];

describe.each(REVISIONS)("an item typed by hand with %s as its revision", (name, attributes, counted, next) => {
  it("can be replaced by a put", async () => {
    await typeIn(`put ${name}`, attributes);
    await store.put(`put ${name}`, cpuPolicy(90), { updatedBy: "ada" });
    expect(await itemOf(`put ${name}`)).toMatchObject({ revision: { N: next }, updatedBy: { S: "ada" } });
  });

  it("gets its true UUID by a repair, which counts as a revision", async () => {
    await typeIn(`repair ${name}`, { ...attributes, uuid: { S: "stale" }, note: { S: "keep me" } });
    expect(await store.repairUuid(await validPolicy(`repair ${name}`))).toBe(true);
    expect(await itemOf(`repair ${name}`)).toEqual({
      serviceName: { S: `repair ${name}` },
      targets: TYPED_TARGETS,
      note: { S: "keep me" },
      uuid: { S: UUID },
      revision: { N: counted },
      updatedAt: { S: "2026-01-01T12:00:00.000Z" },
      updatedBy: { S: "edited by hand" },
    });
  });

  it("is not brought back by a repair once it is deleted", async () => {
    await typeIn(`deleted ${name}`, attributes);
    const policy = await validPolicy(`deleted ${name}`);
    await store.delete(`deleted ${name}`);
    expect(await store.repairUuid(policy)).toBe(false);
    expect(await itemOf(`deleted ${name}`)).toBeUndefined();
  });
});

describe("a repair", () => {
  it("leaves an item alone that was written since it was read", async () => {
    await typeIn("overtaken", { revision: { N: "7" }, uuid: { S: "stale" } });
    const read = await validPolicy("overtaken");
    const written = await store.put("overtaken", cpuPolicy(90), { updatedBy: "ada" });
    expect(await store.repairUuid(read)).toBe(false);
    expect(await validPolicy("overtaken")).toEqual(written);
  });

  it("of an item that another reader has repaired changes nothing", async () => {
    await typeIn("repaired twice", {});
    const read = await validPolicy("repaired twice");
    expect(await Promise.all([store.repairUuid(read), store.repairUuid(read)])).toContain(false);
    expect(await itemOf("repaired twice")).toMatchObject({ uuid: { S: UUID }, revision: { N: "1" } });
  });
});

/** Attributes that the SDK's own defaults, or a careless reader, would throw at. */
const ODD: [name: string, attributes: Record<string, AttributeValue>, state: "valid" | "invalid"][] = [
  ["the number 1e40", { note: { N: "1e40" } }, "valid"],
  ["a number of 38 digits", { note: { N: "12345678901234567890123456789012345678" } }, "valid"],
  ["a number of 20 digits and a fraction", { note: { N: "12345678901234567890.5" } }, "valid"],
  ["a number set", { note: { NS: ["1", "12345678901234567890.5"] } }, "valid"],
  ["bytes", { note: { B: new Uint8Array([0, 255]) } }, "valid"],
  ["a number set for targets", { targets: { NS: ["1e40"] } }, "invalid"],
  ["bytes for targets", { targets: { B: new Uint8Array(50_000) } }, "invalid"],
  ["a text for targets", { targets: { S: "{}" } }, "invalid"],
  ["a list for targets", { targets: { L: [TYPED_TARGETS] } }, "invalid"],
  ["a null for a target", { targets: { M: { ON_CPU: { NULL: true } } } }, "invalid"],
  ["1e40 for a check", { targets: { M: { ON_CPU: { M: { PROCESS_CPU: { N: "1e40" } } } } } }, "invalid"],
];

describe.each(ODD)("an item that holds %s", (name, attributes, state) => {
  it(`is ${state}, and takes no neighbour down`, async () => {
    await typeIn(`odd ${name}`, attributes);
    await typeIn("neighbour", { uuid: { S: UUID } });
    const found = await store.getMany([`odd ${name}`, "neighbour"]);
    expect(found.get(`odd ${name}`)?.state).toBe(state);
    expect(found.get("neighbour")).toMatchObject({ state: "valid", policy: { uuid: UUID }, staleUuid: false });
    const listed = (await store.list()).map((stored) => stored.state === "valid" && stored.policy.serviceName);
    expect(listed).toContain("neighbour");
  });
});
