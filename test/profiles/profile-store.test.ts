import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { type CollectedProfile, CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { ProfilingTarget } from "../../shared/gen/flashpoint/v1/task_pb.js";
import type { ProfileRecord } from "../../shared/profiles/profile-item.ts";
import { createProfileStore, type ProfileStore } from "../../shared/profiles/profile-store.ts";
import { tableName } from "../../shared/resources.ts";
import { countedAws } from "../support/counted-aws.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { startWorld, type World } from "../support/world.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);

let world: World;
let store: ProfileStore;
let hand: HandEdits;
let now = NOON;
let profilesMade = 0;

beforeAll(async () => {
  world = await startWorld({}, { now: () => now });
  store = world.services.profileStore;
  hand = openHandEdits(world);
});
beforeEach(() => {
  now = NOON;
});
afterAll(async () => {
  hand.close();
  await world.stop();
});

/** A profile as the intake makes it: the id starts with the time, as in every UUIDv7. */
function profileAt(collectedAt: number, fields: { taskId?: string; objectKey?: string } = {}): CollectedProfile {
  const time = collectedAt.toString(16).padStart(12, "0");
  const profileId = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(profilesMade++).padStart(12, "0")}`;
  return create(CollectedProfileSchema, {
    profileId,
    taskId: `task of ${profileId}`,
    processId: "process-1",
    target: ProfilingTarget.OFF_CPU,
    startedAt: timestampFromMs(collectedAt - 5_000),
    flushedAt: timestampFromMs(collectedAt - 1),
    collectedAt: timestampFromMs(collectedAt),
    objectKey: `tasks/x/${profileId}.pb.gz`,
    objectBytes: 12_345n,
    sampleCount: 2n ** 53n + 1n,
    totalNanos: 2n ** 63n - 1n,
    ...fields,
  });
}

async function recorded({ taskId, profileId }: CollectedProfile): Promise<ProfileRecord> {
  const record = (await store.list(taskId)).find(({ profile }) => profile.profileId === profileId);
  if (record === undefined) throw new Error(`profile ${profileId} is not recorded`);
  return record;
}

const PENDING = { status: "pending", attempts: 0, at: "2026-01-31T12:00:00.000Z" };

describe("a profile", () => {
  it("is recorded with a pending delivery for each collector, its 64-bit sums exact", async () => {
    const profile = profileAt(NOON);
    const record = { profile, deliveries: { pager: PENDING, "dots.and-dashes": PENDING }, isApart: false };
    expect(await store.record(profile, ["pager", "dots.and-dashes"])).toEqual({ record, isNew: true });
    expect(await recorded(profile)).toEqual(record);
  });

  it("is recorded once: the second time, the first record is returned and stays", async () => {
    const profile = profileAt(NOON);
    await store.record(profile, ["pager"]);
    await store.recordAttempt(profile, "pager", { status: "delivered" });
    const first = await recorded(profile);
    expect(await store.record({ ...profile, processId: "other" }, ["somebody-else"])).toEqual({
      record: first,
      isNew: false,
    });
    expect(await recorded(profile)).toEqual(first);
  });

  it("is recorded by exactly one of several at the same time", async () => {
    const profile = profileAt(NOON);
    const outcomes = await Promise.all(["a", "b", "c", "d"].map((collector) => store.record(profile, [collector])));
    expect(outcomes.filter(({ isNew }) => isNew)).toHaveLength(1);
    const { deliveries } = await recorded(profile);
    expect(outcomes.map(({ record }) => record.deliveries)).toEqual(Array(4).fill(deliveries));
  });

  it("expires 7 days after it came in, in whole seconds as DynamoDB's TTL takes them", async () => {
    const profile = profileAt(Date.UTC(2026, 0, 1, 0, 0, 0, 1));
    const expiry = async () => {
      const key = { taskId: { S: profile.taskId }, profileId: { S: profile.profileId } };
      return (await hand.get("profiles", key))?.expiresAt;
    };
    await store.recordApart(profile);
    expect(await expiry()).toEqual({ N: "1767830401" }); // date -u -d '2026-01-08 00:00:01' +%s
    await store.record(profile, []); // much later, and still the file's own time
    expect(await expiry()).toEqual({ N: "1767830401" });
  });
});

describe("a profile without a known task", () => {
  it("is kept apart, for nobody, and once", async () => {
    const profile = profileAt(NOON);
    expect(await store.recordApart(profile)).toEqual({ isNew: true });
    expect(await store.recordApart(profile)).toEqual({ isNew: false });
    expect(await recorded(profile)).toEqual({ profile, deliveries: {}, isApart: true });
  });

  it("is recorded anew once its task is known, with the collectors of then", async () => {
    const profile = profileAt(NOON);
    await store.recordApart(profile);
    const record = { profile, deliveries: { pager: PENDING }, isApart: false };
    expect(await store.record(profile, ["pager"])).toEqual({ record, isNew: true });
    expect(await recorded(profile)).toEqual(record);
    expect(await store.record(profile, ["somebody-else"])).toEqual({ record, isNew: false });
  });

  it("never takes the place of a record", async () => {
    const profile = profileAt(NOON);
    await store.record(profile, ["pager"]);
    expect(await store.recordApart(profile)).toEqual({ isNew: false });
    expect(await recorded(profile)).toMatchObject({ deliveries: { pager: PENDING }, isApart: false });
  });
});

describe("an attempt", () => {
  it("counts, and notes why it failed until one succeeds; delivered stays delivered", async () => {
    const profile = profileAt(NOON);
    await store.record(profile, ["pager", "other"]);
    now = NOON + 1_000;
    await store.recordAttempt(profile, "pager", { status: "retrying", lastError: "answered 503" });
    const at = "2026-01-31T12:00:01.000Z";
    expect((await recorded(profile)).deliveries).toEqual({
      pager: { status: "retrying", attempts: 1, lastError: "answered 503", at },
      other: PENDING,
    });
    await store.recordAttempt(profile, "pager", { status: "delivered" });
    await store.recordAttempt(profile, "pager", { status: "dropped", lastError: "late" });
    expect((await recorded(profile)).deliveries.pager).toEqual({ status: "delivered", attempts: 2, at });
  });

  it("at a profile that is gone, or for a collector that it never had, is passed over", async () => {
    const profile = profileAt(NOON);
    await store.recordAttempt(profile, "pager", { status: "delivered" });
    expect(await store.list(profile.taskId)).toEqual([]);
    await store.record(profile, ["pager"]);
    await store.recordAttempt(profile, "stranger", { status: "delivered" });
    expect((await recorded(profile)).deliveries).toEqual({ pager: PENDING });
  });

  it("is noted on that profile of the task alone", async () => {
    const [one, other] = [profileAt(NOON, { taskId: "two" }), profileAt(NOON, { taskId: "two" })];
    for (const profile of [one, other]) await store.record(profile, ["pager"]);
    await store.recordAttempt(one, "pager", { status: "delivered" });
    expect((await recorded(other)).deliveries).toEqual({ pager: PENDING });
  });
});

describe("the list", () => {
  const idsOf = async (taskId: string, limit?: number) =>
    (await store.list(taskId, limit)).map(({ profile }) => profile.profileId);

  it("shows a task's profiles, oldest first, and no others", async () => {
    const taskId = "in order";
    const [middle, newest, oldest] = [0, 9_000, -60_000].map((ms) => profileAt(NOON + ms, { taskId }));
    for (const profile of [middle, newest, oldest]) if (profile) await store.record(profile, []);
    await store.record(profileAt(NOON, { taskId: "in order too" }), []);
    expect(await idsOf(taskId)).toEqual([oldest, middle, newest].map((profile) => profile?.profileId));
    expect(await idsOf(taskId, 2)).toEqual([oldest, middle].map((profile) => profile?.profileId));
    expect(await idsOf("nobody's")).toEqual([]);
  });

  it("is empty for an id that no record can have, and DynamoDB, which would refuse it, is not asked", async () => {
    const { aws, requests } = countedAws(world.server.engines.aws);
    const { documents } = aws;
    const counting = createProfileStore({ documents, table: tableName("flashpoint", "profiles"), retentionDays: 7 });
    expect(await counting.list("")).toEqual([]);
    expect(await counting.list("x".repeat(2_049))).toEqual([]);
    expect(requests.size).toBe(0);
    expect(await counting.list("x".repeat(2_048))).toEqual([]);
    expect(requests.size).toBe(1);
    aws.destroy();
  });

  it("leaves none out because items are large: DynamoDB answers with 1 MB at most", async () => {
    const taskId = "large";
    const large = Array.from({ length: 8 }, (_, index) =>
      profileAt(NOON + index, { taskId, objectKey: "x".repeat(190_000) }),
    );
    for (const profile of large) await store.record(profile, []);
    const ids = large.map(({ profileId }) => profileId);
    expect(await idsOf(taskId)).toEqual(ids);
    expect(await idsOf(taskId, 7)).toEqual(ids.slice(0, 7));
  });
});

describe("an item that a hand typed into the table", () => {
  const map = (fields: Record<string, AttributeValue>): AttributeValue => ({ M: fields });
  const named = (taskId: string, profileId: string) => ({ taskId: { S: taskId }, profileId: { S: profileId } });

  test.each<[string, (own: ReturnType<typeof named>) => Record<string, AttributeValue>]>([
    ["no profile", () => ({})],
    ["a text for a profile", () => ({ profile: { S: "junk" } })],
    ["a list for a profile", () => ({ profile: { L: [{ S: "junk" }] } })],
    ["bytes for a profile", () => ({ profile: { B: new Uint8Array([0, 255]) } })],
    ["a blank profile", () => ({ profile: map({}) })],
    ["another's profile", () => ({ profile: map(named("another's", "profile")) })],
    ["a profile with sums that are none", (own) => ({ profile: map({ ...own, sampleCount: { S: "many" } }) })],
    ["a profile that came in at no time", (own) => ({ profile: map({ ...own, collectedAt: { S: "yesterday" } }) })],
  ])("with %s is no profile, and hides no other from the list", async (name, attributes) => {
    const taskId = `beside ${name}`;
    const own = named(taskId, "00000000-0000-7000-8000-000000000000"); // older than all
    await hand.put("profiles", { ...own, ...attributes(own) });
    const profile = profileAt(NOON, { taskId });
    await store.record(profile, []);
    expect((await store.list(taskId, 1)).map((record) => record.profile)).toEqual([profile]);
  });

  test.each<[string, AttributeValue]>([
    ["a text", { S: "none" }],
    ["a list", { L: [{ S: "pager" }] }],
    ["a delivery that is a text", map({ pager: { S: "pending" } })],
    ["a status that is none", map({ pager: map({ status: { S: "maybe" }, attempts: { N: "1" } }) })],
  ])("with deliveries of %s is a profile without any, and attempts are passed over", async (_what, deliveries) => {
    const profile = profileAt(NOON);
    await store.record(profile, ["pager"]);
    const item = await hand.get("profiles", named(profile.taskId, profile.profileId));
    await hand.put("profiles", { ...item, deliveries });
    expect(await recorded(profile)).toEqual({ profile, deliveries: {}, isApart: false });
    await store.recordAttempt(profile, "somebody", { status: "delivered" });
    expect((await recorded(profile)).profile).toEqual(profile);
  });
});

test.each([
  ["", "profile"],
  ["task", ""],
  ["x".repeat(2_049), "profile"],
])("asked for what no table can hold, the store knows none", async (taskId, profileId) => {
  expect(await store.get({ taskId, profileId })).toBeUndefined();
});
