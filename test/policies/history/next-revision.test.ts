import { describe, expect, it } from "vitest";
import { nextRevision } from "../../../shared/policies/history/next-revision.ts";
import type { Revision } from "../../../shared/policies/history/revision.ts";
import { readRevisionItem, writeRevisionItem } from "../../../shared/policies/history/revision-item.ts";
import { revisionKey } from "../../../shared/policies/history/revision-key.ts";
import type { PolicyContent } from "../../../shared/policies/policy.ts";
import { seenPolicy } from "../../../shared/policies/seen-policy.ts";
import { cpuPolicy } from "../../support/policies.ts";

/** printf '%s' '{"ON_CPU":{"PROCESS_CPU":{"count":3,"period":10,"threshold":"80","uriList":[],"uriRegex":""}}}' | sha256sum */
const UUID_OF_80 = "076735a38788b5dce6371eb3096e4cb6015b8dc003b006509b65d4ab56add197";

/** An item whose check has this threshold. */
function item(threshold: string, { revision, uuid }: { revision?: number; uuid?: string } = {}) {
  const check = { M: { threshold: { S: threshold }, period: { N: "10" }, count: { N: "3" } } };
  return seenPolicy({
    serviceName: { S: "checkout" },
    targets: { M: { ON_CPU: { M: { PROCESS_CPU: check } } } },
    ...(revision !== undefined && { revision: { N: String(revision) } }),
    ...(uuid !== undefined && { uuid: { S: uuid } }),
  });
}
const written = (revision: number) => item("80", { revision, uuid: UUID_OF_80 });
const base = { serviceName: "checkout", updatedAt: "", updatedBy: "" };
const kept = (revision: number, threshold = 80, more: Partial<PolicyContent> = {}): Revision => ({
  ...base,
  revision,
  state: "valid",
  content: { targets: cpuPolicy(threshold), ...more },
});
const deleted = (revision: number): Revision => ({ ...base, revision, state: "deleted" });

describe("a policy's next revision", () => {
  it.each([
    ["of a service that never had any", undefined, undefined, { next: 1 }],
    ["after its deletion", undefined, deleted(4), { next: 5 }],
    ["after a deletion that nobody noted", undefined, kept(4), { deleted: 5, next: 6 }],
    ["over one that is kept", written(4), kept(4), { next: 5 }],
    ["over one that is not kept yet", written(4), kept(3, 70), { kept: { revision: 4, byHand: false }, next: 5 }],
    [
      "over one from before there was a history",
      written(4),
      undefined,
      { kept: { revision: 4, byHand: false }, next: 5 },
    ],
    [
      "over a hand edit",
      item("90", { revision: 4, uuid: UUID_OF_80 }),
      kept(4),
      { kept: { revision: 5, byHand: true }, next: 6 },
    ],
    [
      "over a hand edit that somebody kept and did not write over",
      item("90", { revision: 4, uuid: UUID_OF_80 }),
      kept(5, 90),
      { next: 6 },
    ],
    ["over one that a hand made", item("80"), undefined, { kept: { revision: 1, byHand: true }, next: 2 }],
    [
      "over one that a hand made anew, without its number",
      item("90"),
      kept(7),
      { kept: { revision: 8, byHand: true }, next: 9 },
    ],
    [
      "over one that a hand made after a deletion",
      item("90"),
      deleted(7),
      { kept: { revision: 8, byHand: true }, next: 9 },
    ],
    // A budget alone leaves no stale UUID behind: only what is kept tells that it was changed.
    [
      "over one whose budget a hand changed",
      written(4),
      kept(4, 80, { budget: { maxActive: 3 } }),
      { kept: { revision: 5, byHand: true }, next: 6 },
    ],
    [
      "over one that a hand broke",
      item("none", { revision: 4, uuid: UUID_OF_80 }),
      kept(4),
      { kept: { revision: 5, byHand: true }, next: 6 },
    ],
  ])("%s", (_what, seen, newest, next) => {
    expect(nextRevision(seen, newest)).toEqual(next);
  });
});

it("keys of revisions are in the order of their numbers", () => {
  const numbers = [1, 2, 2.5, 3, 9, 10, 11, 99, 100, 9_007_199_254_740_991];
  expect(numbers.map(revisionKey).toSorted()).toEqual(numbers.map(revisionKey));
  expect(revisionKey(12)).toBe("0000000000000012");
});

describe("a revision's item", () => {
  it.each<[what: string, revision: Revision]>([
    ["a policy with a budget", { ...kept(3, 80, { budget: { maxActive: 5 } }), updatedAt: "now", updatedBy: "ada" }],
    ["a policy without", kept(3)],
    ["a deletion", deleted(4)],
  ])("of %s is read as it was written", (_what, revision) => {
    expect(readRevisionItem(writeRevisionItem(revision))).toEqual(revision);
  });

  it("of a policy that a hand broke holds every attribute as it stood, to the last digit", () => {
    const raw = {
      serviceName: { S: "checkout" },
      targets: { N: "12345678901234567890123456789012345678" },
      note: { B: new Uint8Array([0, 255]) },
    };
    const { stored } = seenPolicy(raw);
    if (stored.state !== "invalid") throw new Error("it is valid");
    const revision: Revision = { ...base, revision: 3, state: "invalid", raw, faults: stored.faults };
    expect(readRevisionItem(writeRevisionItem(revision))).toEqual(revision);
  });

  it("that hands have edited until it says nothing is not valid, and is no error", () => {
    const raw = { serviceName: { S: "checkout" }, revision: { S: "nonsense" }, targets: { NULL: true } };
    expect(readRevisionItem(raw)).toMatchObject({ revision: 0, state: "invalid", updatedBy: "" });
  });
});
