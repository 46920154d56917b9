import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deleteExpired, startExpiry } from "../../server/local/expiry.ts";
import { type AwsClients, createAwsClients } from "../../shared/aws/clients.ts";
import { createLogger } from "../../shared/log.ts";
import type { TableId } from "../../shared/resources.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { until } from "../support/until.ts";

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const NOON_SECONDS = NOON / 1_000;

/** One item of each table whose items expire, and what must be left alone beside them. */
const ITEMS: [TableId, Record<string, string>][] = [
  ["tasks", { taskId: "task" }],
  ["profiles", { taskId: "task", profileId: "profile" }],
  ["reports", { reportKey: "report" }],
  ["agents", { agentId: "agent", part: "0" }],
];

let world: StillWorld;
let hand: HandEdits;
let aws: AwsClients;
let s3: S3Client;

beforeAll(async () => {
  world = await startStillWorld({ FLASHPOINT_PROFILE_RETENTION_DAYS: "7" });
  hand = openHandEdits({ config: world.config, server: { engines: world.engines } });
});
beforeEach(() => {
  aws = createAwsClients(world.engines.aws);
  s3 = new S3Client(aws.s3Config);
  return () => {
    aws.destroy();
    s3.destroy();
  };
});
afterAll(async () => {
  hand.close();
  await world.stop();
});

const typed = (key: Record<string, string>): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(key).map(([name, value]) => [name, { S: value }]));
/** The same key with another last part. */
const named = (key: Record<string, string>, name: string): Record<string, string> => {
  const last = Object.keys(key).at(-1) ?? "";
  return { ...key, [last]: name };
};

async function put(table: TableId, key: Record<string, string>, expiresAt?: AttributeValue): Promise<void> {
  await hand.put(table, { ...typed(key), ...(expiresAt !== undefined && { expiresAt }) });
}

const isThere = async (table: TableId, key: Record<string, string>): Promise<boolean> =>
  (await hand.get(table, typed(key))) !== undefined;

const expire = (now: number): Promise<void> =>
  deleteExpired({ config: world.config, aws, s3, now: () => now }, new AbortController().signal);

describe.each(ITEMS)("an item of %s", (table, key) => {
  it("is deleted once its time is over, and stays until then", async () => {
    const [past, soon, later] = ["past", "soon", "later"].map((name) => named(key, name)) as Record<string, string>[];
    const all = [past, soon, later].map((item) => item ?? {});
    const times = [NOON_SECONDS - 1, NOON_SECONDS + 1, NOON_SECONDS + 10];
    for (const [index, item] of all.entries()) await put(table, item, { N: String(times[index]) });
    const left = () => Promise.all(all.map((item) => isThere(table, item)));
    await expire(NOON);
    expect(await left()).toEqual([false, true, true]);
    await expire(NOON + 5_000);
    expect(await left()).toEqual([false, false, true]);
  });

  it.each<[string, AttributeValue | undefined]>([
    ["no expiry", undefined],
    ["a text for its expiry", { S: "1" }],
  ])("with %s stays, as it does in AWS", async (name, expiresAt) => {
    await put(table, named(key, name), expiresAt);
    await expire(NOON);
    expect(await isThere(table, named(key, name))).toBe(true);
  });

  it("that is renewed while expired ones are deleted is kept", async () => {
    const item = named(key, "renewed");
    await put(table, item, { N: String(NOON_SECONDS - 1) });
    let deletions = 0;
    aws.documents.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName?.startsWith("Delete")) {
            deletions++;
            await put(table, item, { N: String(NOON_SECONDS + 100) });
          }
          return next(args);
        },
      { step: "initialize" },
    );
    await expire(NOON);
    expect(deletions).toBe(1);
    expect(await isThere(table, item)).toBe(true);
  });
});

describe("what does not expire", () => {
  it.each<[TableId, Record<string, string>]>([
    ["policies", { serviceName: "checkout" }],
    ["collectors", { name: "hook" }],
  ])("stays: %s, even with an attribute of that name", async (table, key) => {
    await put(table, key, { N: "1" });
    await expire(NOON);
    expect(await isThere(table, key)).toBe(true);
  });
});

it("more items than DynamoDB shows at once are all deleted", async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `large ${index}`);
  for (const taskId of ids) {
    const large = { taskId: { S: taskId }, expiresAt: { N: "1" }, filler: { S: "x".repeat(190_000) } };
    await hand.put("tasks", large);
  }
  await expire(NOON);
  expect(await Promise.all(ids.map((taskId) => isThere("tasks", { taskId })))).toEqual(ids.map(() => false));
});

describe("a profile's file", () => {
  /** Puts a file and says what S3 takes for its time. */
  async function putFile(key: string): Promise<number> {
    await world.services.profileStorage.put(key, Buffer.from("x"));
    const { LastModified } = await s3.send(new HeadObjectCommand({ Bucket: world.config.profileBucket, Key: key }));
    return LastModified?.getTime() ?? Number.NaN;
  }

  it("is deleted after seven days, and stays until then", async () => {
    const olderAt = await putFile("tasks/older/1.pb.gz");
    const newerAt = await until("a file of a later time", async () => {
      const at = await putFile("unknown-tasks/newer/1.pb.gz");
      return at > olderAt ? at : undefined;
    });
    await expire(olderAt + 7 * DAY_MS - 1);
    expect(await world.bucket.keys()).toEqual(["tasks/older/1.pb.gz", "unknown-tasks/newer/1.pb.gz"]);
    await expire(newerAt + 7 * DAY_MS - 1);
    expect(await world.bucket.keys()).toEqual(["unknown-tasks/newer/1.pb.gz"]);
    await expire(newerAt + 7 * DAY_MS + 1_000);
    expect(await world.bucket.keys()).toEqual([]);
  });

  it("is found among more than S3 lists at once", async () => {
    let lists = 0;
    s3.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName !== "ListObjectsV2Command") return next(args);
          lists++;
          return next({ ...args, input: { ...args.input, MaxKeys: 2 } }); // in place of a thousand
        },
      { step: "initialize" },
    );
    for (let index = 0; index < 5; index++) await putFile(`tasks/${index}/1.pb.gz`);
    await expire(Date.now() + 8 * DAY_MS);
    expect(await world.bucket.keys()).toEqual([]);
    expect(lists).toBeGreaterThan(1);
  });
});

describe("the hourly run", () => {
  const log = createLogger("silent");
  const start = () => startExpiry({ config: world.config, aws, s3, now: () => NOON, log });

  it("begins at once, and ends when it is told to", async () => {
    await put("tasks", { taskId: "at once" }, { N: "1" });
    const expiry = start();
    await until("it is gone", async () => ((await isThere("tasks", { taskId: "at once" })) ? undefined : true));
    await expiry.stop();
  });

  it("breaks off when it is told to stop, without a word in the log", async () => {
    const lines: string[] = [];
    const expiry = startExpiry({
      config: world.config,
      aws,
      s3,
      now: () => NOON,
      log: createLogger("debug", { write: (line) => lines.push(line) }),
    });
    await expiry.stop();
    expect(lines).toEqual([]);
  });
});
