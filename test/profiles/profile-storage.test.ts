import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AwsClients, createAwsClients } from "../../shared/aws/clients.ts";
import { NotFound, Unavailable } from "../../shared/errors.ts";
import { createProfileReader } from "../../shared/profiles/profile-reader.ts";
import { createProfileWriter } from "../../shared/profiles/profile-writer.ts";
import type { Services } from "../../shared/services.ts";
import { type Bucket, openBucket } from "../support/bucket.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

/** protocol.md: every wait inside the server is bounded by this. */
const PATIENCE_MS = 3_000;
const LINK_SECONDS = 900;

let world: World;
let storage: Services["profileStorage"];
let bucket: Bucket;
/** The same bucket behind a proxy. */
let proxy: SwitchableProxy;
let proxiedAws: AwsClients;
let proxied: Services["profileStorage"];

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_PROFILE_LINK_SECONDS: String(LINK_SECONDS) });
  storage = world.services.profileStorage;
  bucket = openBucket(world.config, world.server.engines);
  proxy = await startSwitchableProxy(world.server.engines.sqs.port);
  proxiedAws = createAwsClients({ ...world.server.engines.aws, s3Endpoint: `http://127.0.0.1:${proxy.port}` });
  const { profileBucket } = world.config;
  proxied = {
    ...createProfileWriter({ s3: proxiedAws.s3Sender, bucket: profileBucket }),
    ...createProfileReader({ s3: proxiedAws.s3Reader, bucket: profileBucket, linkSeconds: LINK_SECONDS }),
  };
});
afterAll(async () => {
  proxiedAws.destroy();
  bucket.close();
  await proxy.close();
  await world.stop();
});

describe("a file", () => {
  it.each([
    ["a plain key", "tasks/0198c0de-0000-7000-8000-000000000001/1.pb.gz"],
    ["a key with everything in it", "tasks/a ?&#%+%41=ü日🔥'()*!~../1.pb.gz"],
  ])("of %s is kept, read, linked to and deleted", async (_what, key) => {
    const file = randomBytes(100_000);
    await storage.put(key, file);
    expect(await bucket.keys()).toContain(key);
    expect(Buffer.from(await storage.read(key)).equals(file)).toBe(true);

    const { url } = await storage.link(key);
    const download = await fetch(url);
    expect(download.status).toBe(200);
    expect(Buffer.from(await download.arrayBuffer()).equals(file)).toBe(true);

    await storage.delete([key]);
    expect(await bucket.keys()).not.toContain(key);
    await expect(storage.read(key)).rejects.toThrow(NotFound);
  });

  it("that was never there is not found, and deleting it is no error", async () => {
    await expect(storage.read("tasks/none/1.pb.gz")).rejects.toThrow(NotFound);
    await storage.delete(["tasks/none/1.pb.gz"]);
  });

  it("is deleted together with more than a thousand others, and nothing else is", async () => {
    const keys = Array.from({ length: 1_001 }, (_, index) => `tasks/many/${index}.pb.gz`);
    const [first = "", last = ""] = [keys[0], keys.at(-1)];
    for (const key of [first, last, "tasks/many/else.pb.gz"]) await storage.put(key, Buffer.from("x"));
    await storage.delete(keys);
    expect((await bucket.keys()).filter((key) => key.startsWith("tasks/many/"))).toEqual(["tasks/many/else.pb.gz"]);
    await storage.delete([]);
  });

  it("that is put again is the newer one", async () => {
    await storage.put("tasks/twice/1.pb.gz", Buffer.from("old"));
    await storage.put("tasks/twice/1.pb.gz", Buffer.from("new"));
    expect(Buffer.from(await storage.read("tasks/twice/1.pb.gz")).toString()).toBe("new");
  });
});

describe("a link", () => {
  beforeAll(() => storage.put("tasks/x/1.pb.gz", Buffer.from("x")));

  it("says until when it works, as configured", async () => {
    const before = Date.now();
    const { url, expiresAt } = await storage.link("tasks/x/1.pb.gz");
    expect(new URL(url).searchParams.get("X-Amz-Expires")).toBe("900");
    expect(expiresAt).toBeGreaterThanOrEqual(before + 900_000);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 900_000);
  });

  it("is signed for the moment at which it is made", async () => {
    const signedAt = Date.UTC(2026, 1, 3, 4, 5, 6, 789);
    const bound = {
      s3: proxiedAws.s3Reader,
      bucket: world.config.profileBucket,
      linkSeconds: 60,
      now: () => signedAt,
    };
    const { url, expiresAt } = await createProfileReader(bound).link("tasks/x/1.pb.gz");
    expect(new URL(url).searchParams.get("X-Amz-Date")).toBe("20260203T040506Z");
    expect(expiresAt).toBe(signedAt + 60_000);
  });

  it("opens that one file", async () => {
    await storage.put("tasks/other/1.pb.gz", Buffer.from("theirs"));
    const { url } = await storage.link("tasks/x/1.pb.gz");
    expect(await (await fetch(url)).text()).toBe("x");
  });

  it("says of a bucket that is not there that S3 refuses, not that the file has expired", async () => {
    const elsewhere = createProfileReader({
      s3: proxiedAws.s3Reader,
      bucket: "flashpoint-profilez",
      linkSeconds: 60,
    });
    await expect(elsewhere.link("tasks/x/1.pb.gz")).rejects.toThrow(Unavailable);
    await expect(elsewhere.read("tasks/x/1.pb.gz")).rejects.toThrow(Unavailable);
  });

  it("is not made to a file that is not there", async () => {
    await expect(storage.link("tasks/gone/1.pb.gz")).rejects.toThrow(NotFound);
  });
});

describe.each(["refuse", "hang"] as const)("while S3's connections %s", (mode) => {
  it("files are Unavailable in time; later they are there again", async () => {
    const key = `tasks/${mode}/1.pb.gz`;
    await proxied.put(key, Buffer.from("kept"));
    proxy.set(mode);
    const startedAt = performance.now();
    const outcomes = await Promise.allSettled([
      proxied.put(key, Buffer.from("lost")),
      proxied.read(key),
      proxied.link(key),
      proxied.delete([key]),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(PATIENCE_MS);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(Unavailable) });
    }
    proxy.set("pass");
    expect(await until("the file is read", async () => Buffer.from(await proxied.read(key)).toString())).toBe("kept");
  });
});
