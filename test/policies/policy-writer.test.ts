import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { createLogger } from "../../shared/log.ts";
import type { Revision } from "../../shared/policies/history/revision.ts";
import type { PolicyContent } from "../../shared/policies/policy.ts";
import { policyUuid } from "../../shared/policies/policy-uuid.ts";
import type { PolicyChanges } from "../../shared/services/policy-changes.ts";
import { createServices } from "../../shared/services.ts";
import { startAnswerLoser } from "../support/answer-loser.ts";
import { type HandEdits, openHandEdits, TYPED_TARGETS } from "../support/hand-edits.ts";
import { cpuPolicy } from "../support/policies.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { until } from "../support/until.ts";

let world: StillWorld;
let changes: PolicyChanges;
let hand: HandEdits;

beforeAll(async () => {
  world = await startStillWorld();
  changes = world.services.policyChanges();
  hand = openHandEdits({ config: world.config, server: { engines: world.engines } });
});
afterAll(async () => {
  hand.close();
  await world.stop();
});

const content = (threshold: number): PolicyContent => ({ targets: cpuPolicy(threshold) });
const see = (serviceName: string) => changes.table.see(serviceName);

/** Writes over whatever is there. */
async function write(serviceName: string, to: PolicyContent | undefined, by = "ada"): Promise<number> {
  const written = await changes.writer.write({ serviceName, seen: await see(serviceName), content: to }, by);
  if (written.outcome !== "written") throw new Error(`a conflict: ${JSON.stringify(written)}`);
  return written.revision;
}

const itemOf = (serviceName: string) => hand.get("policies", { serviceName: { S: serviceName } });

/** Changes attributes of an item past Flashpoint, as in DynamoDB's console. */
async function edit(serviceName: string, attributes: Record<string, AttributeValue>): Promise<void> {
  await hand.put("policies", { ...(await itemOf(serviceName)), serviceName: { S: serviceName }, ...attributes });
}

/** What a server does beside a poll, until a hand edit is repaired: it waits for that no longer than it must. */
async function poll(serviceName: string): Promise<void> {
  await until("the edit is repaired", async () => {
    const stored = await world.services.policyStore.get(serviceName);
    if (stored?.state !== "valid") throw new Error("not valid");
    if (!stored.staleUuid) return true;
    await world.services.policyStore.repairUuid(stored.policy).catch(() => {});
    return undefined;
  });
}

/** The history, the oldest first: number, what it is, and by whom. */
async function history(serviceName: string): Promise<string[]> {
  return (await changes.history.list(serviceName)).map(shortText).reverse();
}

function shortText(revision: Revision): string {
  const what =
    revision.state === "valid"
      ? `${revision.content.targets.ON_CPU?.PROCESS_CPU?.threshold}${revision.content.budget ? ` (${revision.content.budget.maxActive})` : ""}`
      : revision.state;
  return `${revision.revision} ${what} ${revision.updatedBy}`;
}

describe("the history", () => {
  it("has every revision, deletions too, and numbers go on after one", async () => {
    expect(await write("told", content(70))).toBe(1);
    expect(await write("told", { ...content(80), budget: { maxActive: 5 } }, "eve")).toBe(2);
    expect(await write("told", undefined, "eve")).toBe(3);
    expect(await write("told", content(90))).toBe(4);
    expect(await history("told")).toEqual(["1 70 ada", "2 80 (5) eve", "3 deleted eve", "4 90 ada"]);
  });

  it("keeps the last 20, and forgets what is older", async () => {
    for (let threshold = 1; threshold <= 23; threshold++) await write("long", content(threshold));
    const kept = await history("long");
    expect(kept).toHaveLength(20);
    expect([kept[0], kept[19]]).toEqual(["4 4 ada", "23 23 ada"]);
    expect(await changes.history.get("long", 3)).toBeUndefined();
  });

  it("is not thrown away where a hand has counted the revision up", async () => {
    await write("leapt", content(70));
    await write("leapt", content(80));
    await edit("leapt", { revision: { N: "500" } });
    expect(await write("leapt", content(90))).toBe(501);
    expect(await history("leapt")).toEqual(["1 70 ada", "2 80 ada", "500 80 ada", "501 90 ada"]);
    for (let threshold = 1; threshold <= 18; threshold++) await write("leapt", content(threshold));
    const kept = await history("leapt");
    expect(kept).toHaveLength(20);
    expect(kept.slice(0, 2)).toEqual(["500 80 ada", "501 90 ada"]);
  });

  it.each([
    ["9007199254740989", 2],
    ["1e15", 1_000_000_000_000_001],
  ])("goes on, write by write, after a hand has made the revision %s", async (made, next) => {
    const name = `made up ${made}`;
    await write(name, content(70));
    await edit(name, { revision: { N: made } });
    expect(await write(name, content(71))).toBe(next);
    for (let more = 1; more <= 3; more++) expect(await write(name, content(71 + more))).toBe(next + more);
  });

  it("says what to do where a hand has left no number", async () => {
    const base = { serviceName: "used up", updatedAt: "", updatedBy: "ada" };
    const last = Number.MAX_SAFE_INTEGER;
    await changes.history.add({ ...base, revision: last, state: "valid", content: content(70) });
    await expect(write("used up", content(80))).rejects.toThrow(
      "the history of used up has no number left after 9007199254740991: delete its highest items there",
    );
    expect(await itemOf("used up")).toBeUndefined();
  });

  it.each(["replaced", "deleted"])("notes of what is too large to be kept that it was, when it is %s", async (how) => {
    const name = `too large ${how}`;
    await hand.put("policies", { serviceName: { S: name }, targets: { S: "x".repeat(409_500) } });
    expect(await write(name, how === "replaced" ? content(70) : undefined)).toBe(2);
    const kept = await changes.history.get(name, 1);
    expect(kept).toMatchObject({ state: "invalid", faults: [{ path: "", problem: "was too large to be kept" }] });
  });

  it("is whole where its revisions are as large as items get", { timeout: 60_000 }, async () => {
    const base = { serviceName: "large", updatedAt: "", updatedBy: "edited by hand" };
    const raw = { targets: { S: "x".repeat(390_000) } };
    for (let revision = 1; revision <= 22; revision++)
      await changes.history.add({ ...base, revision, state: "invalid", raw, faults: [] });
    await changes.history.prune("large");
    expect((await changes.history.list("large")).map(({ revision }) => revision)).toEqual(
      Array.from({ length: 20 }, (_, index) => 22 - index),
    );
    expect(await changes.history.get("large", 2)).toBeUndefined();
  });

  it("counts an edit by hand as a revision of its own", async () => {
    await write("edited", content(70));
    await edit("edited", { targets: TYPED_TARGETS });
    expect(await write("edited", content(90))).toBe(3);
    expect(await history("edited")).toEqual(["1 70 ada", "2 80 edited by hand", "3 90 ada"]);
  });

  it("counts an edit of the budget alone too, which leaves no trace in the item", async () => {
    await write("budgeted", content(70));
    await edit("budgeted", { budget: { M: { maxActive: { N: "7" } } } });
    expect(await write("budgeted", content(70))).toBe(3);
    expect(await history("budgeted")).toEqual(["1 70 ada", "2 70 (7) edited by hand", "3 70 ada"]);
  });

  it("has each of two edits by hand, if an agent's poll came in between", async () => {
    let name = "";
    // A poll waits for that no longer than it must, so on a busy machine not every edit is kept.
    await until("a repair keeps the edit", async () => {
      name += "edited twice ";
      await write(name, content(70));
      await edit(name, { targets: TYPED_TARGETS });
      const stored = await world.services.policyStore.get(name);
      if (stored?.state === "valid") await world.services.policyStore.repairUuid(stored.policy);
      return changes.history.get(name, 2);
    });
    const check = { threshold: { N: "85" }, period: { N: "10" }, count: { N: "3" } };
    await edit(name, { targets: { M: { ON_CPU: { M: { PROCESS_CPU: { M: check } } } } } });
    expect(await write(name, content(90))).toBe(4);
    expect(await history(name)).toEqual(["1 70 ada", "2 80 edited by hand", "3 85 edited by hand", "4 90 ada"]);
  });

  it("has each of two policies that hands put without any revision, under a number of its own", async () => {
    const check = { threshold: { N: "85" }, period: { N: "10" }, count: { N: "3" } };
    const other: AttributeValue = { M: { ON_CPU: { M: { PROCESS_CPU: { M: check } } } } };
    const put = (targets: AttributeValue) => hand.put("policies", { serviceName: { S: "typed twice" }, targets });
    await put(TYPED_TARGETS);
    await poll("typed twice");
    expect((await itemOf("typed twice"))?.revision).toEqual({ N: "1" });
    await put(other);
    await poll("typed twice");
    expect((await itemOf("typed twice"))?.revision).toEqual({ N: "2" });
    await put(TYPED_TARGETS);
    await poll("typed twice");
    expect((await itemOf("typed twice"))?.revision).toEqual({ N: "3" });
    expect(await history("typed twice")).toEqual(["1 80 edited by hand", "2 85 edited by hand", "3 80 edited by hand"]);
    expect(await write("typed twice", content(90))).toBe(4);
  });

  it("has a hand edit as of the same time as the item, though it was noted by a write that came to nothing", async () => {
    const ending = { PROCESS_CPU: { M: { threshold: { N: "80" }, period: { N: "10" }, count: { N: "3" } } } };
    await write("noted", content(70));
    await edit("noted", { targets: { M: { ON_CPU: { M: ending } } } });
    const at = { updatedAt: "2026-01-01T12:00:00.000Z", updatedBy: "edited by hand" };
    await changes.history.add({ serviceName: "noted", revision: 2, ...at, state: "valid", content: content(80) });
    await poll("noted");
    expect(await itemOf("noted")).toMatchObject({ revision: { N: "2" }, updatedAt: { S: at.updatedAt } });
    expect(await history("noted")).toEqual(["1 70 ada", "2 80 edited by hand"]);
  });

  it("has both of two edits by hand, the first noted by a write that the second came before", async () => {
    await write("between", content(70));
    await edit("between", { targets: TYPED_TARGETS });
    const base = { serviceName: "between", updatedAt: "", updatedBy: "edited by hand" };
    await changes.history.add({ ...base, revision: 2, state: "valid", content: content(80) });
    const check = { threshold: { N: "85" }, period: { N: "10" }, count: { N: "3" } };
    await edit("between", { targets: { M: { ON_CPU: { M: { PROCESS_CPU: { M: check } } } } } });
    await poll("between");
    expect((await itemOf("between"))?.revision).toEqual({ N: "3" });
    expect(await history("between")).toEqual(["1 70 ada", "2 80 edited by hand", "3 85 edited by hand"]);
  });

  it("takes nothing from a poll that read an edit which is over by now", async () => {
    await write("over", content(70));
    await edit("over", { targets: TYPED_TARGETS });
    const stored = await world.services.policyStore.get("over");
    await write("over", content(90));
    const before = await history("over");
    if (stored?.state !== "valid") throw new Error("not valid");
    expect(await world.services.policyStore.repairUuid(stored.policy)).toBe(false);
    expect(await history("over")).toEqual(before);
  });

  it("keeps an item that a hand broke as it stood", async () => {
    await write("broken", content(70));
    const note = { N: "12345678901234567890123456789012345678" };
    await edit("broken", { targets: { S: "ON_CPU" }, note });
    expect(await write("broken", content(90))).toBe(3);
    expect(await history("broken")).toEqual(["1 70 ada", "2 invalid edited by hand", "3 90 ada"]);
    const kept = await changes.history.get("broken", 2);
    expect(kept?.state === "invalid" && kept.raw).toMatchObject({ targets: { S: "ON_CPU" }, note });
  });

  it("goes on after a deletion past Flashpoint, which is a revision too", async () => {
    await write("gone by hand", content(70));
    const seen = await see("gone by hand");
    if (seen !== undefined) await changes.table.delete(seen);
    expect(await write("gone by hand", content(90))).toBe(3);
    expect(await history("gone by hand")).toEqual(["1 70 ada", "2 deleted edited by hand", "3 90 ada"]);
  });

  it("never writes over a revision, but says who deleted a policy where that was merely found", async () => {
    await write("fixed", content(70));
    const base = { serviceName: "fixed", updatedAt: "", updatedBy: "eve" };
    expect(await changes.history.add({ ...base, revision: 1, state: "deleted" })).toBe(false);
    expect(await changes.history.add({ ...base, revision: 1, state: "valid", content: content(90) })).toBe(false);
    expect(await changes.history.add({ ...base, revision: 2, state: "deleted", updatedBy: "edited by hand" })).toBe(
      true,
    );
    expect(await changes.history.add({ ...base, revision: 2, state: "deleted" })).toBe(true);
    expect(await changes.history.add({ ...base, revision: 2, state: "deleted", updatedBy: "ada" })).toBe(false);
    expect(await history("fixed")).toEqual(["1 70 ada", "2 deleted eve"]);
  });

  it("keeps what was there before there was a history", async () => {
    const by = { revision: 1, updatedAt: "", updatedBy: "ada" };
    await changes.table.put(
      { serviceName: "elder", ...content(70), uuid: policyUuid(cpuPolicy(70)), ...by },
      undefined,
    );
    expect(await history("elder")).toEqual([]);
    expect(await write("elder", content(90))).toBe(2);
    expect(await history("elder")).toEqual(["1 70 ada", "2 90 ada"]);
  });
});

describe("a write over what somebody else changed meanwhile", () => {
  const CHANGED: [what: string, change: (serviceName: string) => Promise<unknown>][] = [
    ["another write", (serviceName) => write(serviceName, content(75), "eve")],
    ["a write of the same again", (serviceName) => write(serviceName, content(70), "eve")],
    ["a deletion", (serviceName) => write(serviceName, undefined, "eve")],
    ["an edit by hand, which leaves revision and UUID", (serviceName) => edit(serviceName, { targets: TYPED_TARGETS })],
    ["an edit of one count", (serviceName) => edit(serviceName, { targets: targetsWith({ count: { N: "4" } }) })],
    ["an edit of the budget", (serviceName) => edit(serviceName, { budget: { M: { maxActive: { N: "9" } } } })],
    ["an edit that breaks it", (serviceName) => edit(serviceName, { targets: { S: "" } })],
  ];
  const targetsWith = (fields: Record<string, AttributeValue>): AttributeValue => {
    const check = { M: { threshold: { S: "70" }, period: { N: "10" }, count: { N: "3" }, ...fields } };
    return { M: { ON_CPU: { M: { PROCESS_CPU: check } } } };
  };

  describe.each([
    ["a change", content(90)],
    ["a deletion", undefined],
  ])("%s", (action, to) => {
    it.each(CHANGED)(`is refused after %s, and leaves item and history alone`, async (what, change) => {
      const serviceName = `${action} after ${what}`;
      await write(serviceName, content(70));
      const seen = await see(serviceName);
      await change(serviceName);
      const before = [await itemOf(serviceName), await history(serviceName)];
      const outcome = await changes.writer.write({ serviceName, seen, content: to }, "ada");
      expect(outcome).toMatchObject({ outcome: "conflict" });
      expect([await itemOf(serviceName), await history(serviceName)]).toEqual(before);
    });
  });

  it("is refused for a new policy if there is one by now", async () => {
    await write("made twice", content(70), "eve");
    const outcome = await changes.writer.write(
      { serviceName: "made twice", seen: undefined, content: content(90) },
      "ada",
    );
    expect(outcome).toMatchObject({ outcome: "conflict", found: { stored: { policy: { updatedBy: "eve" } } } });
  });

  it("goes on if all that happened is that a server counted the very edit that was seen", async () => {
    await write("counted", content(70));
    await edit("counted", { targets: TYPED_TARGETS });
    const seen = await see("counted");
    if (seen?.stored.state !== "valid") throw new Error("not valid");
    await world.services.policyStore.repairUuid(seen.stored.policy);
    const outcome = await changes.writer.write({ serviceName: "counted", seen, content: content(90) }, "ada");
    expect(outcome).toMatchObject({ outcome: "written", revision: 3 });
    expect(await history("counted")).toEqual(["1 70 ada", "2 80 edited by hand", "3 90 ada"]);
  });

  it("lets exactly one of ten through", async () => {
    await write("raced", content(70));
    const seen = await see("raced");
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        changes.writer.write({ serviceName: "raced", seen, content: content(index + 1) }, `writer ${index}`),
      ),
    );
    const written = all.filter(({ outcome }) => outcome === "written");
    expect(written).toMatchObject([{ revision: 2 }]);
    expect(await history("raced")).toHaveLength(2);
  });
});

describe("a write whose answer is lost", () => {
  it.each([
    ["PutItem", 1],
    ["PutItem", 3],
    ["PutItem", 7],
    ["DeleteItem", 1],
    ["DeleteItem", 4],
  ])("(%s, %i times) is known to have landed, and is not done twice", async (operation, answers) => {
    const port = Number(new URL(world.engines.aws.dynamodbEndpoint).port);
    const loser = await startAnswerLoser({ port, operation, answers });
    const dynamodbEndpoint = `http://127.0.0.1:${loser.port}`;
    const aws = createAwsClients({ ...world.engines.aws, dynamodbEndpoint });
    const services = createServices({ config: world.config, log: createLogger("silent"), aws });
    const through = services.policyChanges();
    const serviceName = `lost ${operation} ${answers}`;
    try {
      const first = await through.writer.write({ serviceName, seen: undefined, content: content(70) }, "ada");
      expect(first).toMatchObject({ outcome: "written", revision: 1 });
      const seen = await through.table.see(serviceName);
      const last = await through.writer.write({ serviceName, seen, content: undefined }, "ada");
      expect(last).toMatchObject({ outcome: "written", revision: 2 });
    } finally {
      services.close();
    }
    expect(await history(serviceName)).toEqual(["1 70 ada", "2 deleted ada"]);
    expect(await itemOf(serviceName)).toBeUndefined();
  });
});
