import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { StoredToken } from "../../shared/access/stored-token.ts";
import { makeToken, tokenHash } from "../../shared/access/token.ts";
import { createTokenStore, type TokenStore } from "../../shared/access/token-store.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { Conflict, NotFound } from "../../shared/errors.ts";
import { startAnswerLoser } from "../support/answer-loser.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { startWorld, type World } from "../support/world.ts";

const NOON = "2026-01-31T12:00:00.000Z";

let world: World;
let store: TokenStore;
let hand: HandEdits;
let now = Date.parse(NOON);
let tokensMade = 0;

beforeAll(async () => {
  world = await startWorld({}, { now: () => now });
  store = world.services.tokenStore;
  hand = openHandEdits(world);
});
afterAll(async () => {
  hand.close();
  await world.stop();
});

function tokenNamed(name: string, fields: Partial<StoredToken> = {}): StoredToken {
  const token = makeToken(new Uint8Array(32).fill(++tokensMade));
  return { tokenHash: tokenHash(token), name, createdAt: "2026-01-30T12:00:00.000Z", ...fields };
}

describe("a token", () => {
  it("is read back as it was put, and nothing else of it is kept", async () => {
    const token = tokenNamed("rover", { expiresAt: "2026-04-30T12:00:00.000Z" });
    await store.put(token);
    expect(await store.get(token.tokenHash)).toEqual(token);
    expect(await hand.get("tokens", { tokenHash: { S: token.tokenHash } })).toEqual({
      tokenHash: { S: token.tokenHash },
      name: { S: "rover" },
      createdAt: { S: "2026-01-30T12:00:00.000Z" },
      expiresAt: { S: "2026-04-30T12:00:00.000Z" },
    });
  });

  it("is not replaced by another of the same hash", async () => {
    const token = tokenNamed("first");
    await store.put(token);
    await expect(store.put({ ...token, name: "second" })).rejects.toThrow(Conflict);
    expect(await store.get(token.tokenHash)).toEqual(token);
  });

  it("is made though the answer is lost and DynamoDB asked again, but not in place of another", async () => {
    const { engines } = world.server;
    const { port } = await startAnswerLoser({ port: engines.dynamodb.port, operation: "PutItem", answers: 1 });
    const aws = createAwsClients({ ...engines.aws, dynamodbEndpoint: `http://127.0.0.1:${port}` });
    onTestFinished(() => aws.destroy());
    const behind = createTokenStore({ documents: aws.documents, table: `${world.config.stack}-tokens` });
    const token = tokenNamed("answered-late");
    await behind.put(token); // the first answer is lost, the second says that it is there
    expect(await store.get(token.tokenHash)).toEqual(token);
    await expect(behind.put({ ...token, name: "another" })).rejects.toThrow(Conflict);
    await expect(behind.put({ ...token, createdAt: NOON })).rejects.toThrow(Conflict);
    expect(await store.get(token.tokenHash)).toEqual(token);
  });

  it("that nobody made is none", async () => {
    expect(await store.get(tokenNamed("nobody").tokenHash)).toBeUndefined();
  });

  it("is revoked once; the second time changes nothing", async () => {
    const token = tokenNamed("ended");
    await store.put(token);
    now = Date.parse(NOON);
    const revoked = { ...token, revokedAt: NOON };
    expect(await store.revoke(token.tokenHash)).toEqual({ token: revoked, wasRevoked: false });
    now += 60_000;
    expect(await store.revoke(token.tokenHash)).toEqual({ token: revoked, wasRevoked: true });
    expect(await store.get(token.tokenHash)).toEqual(revoked);
  });

  it("is revoked by one of many who try at once", async () => {
    const token = tokenNamed("contended");
    await store.put(token);
    const all = await Promise.all(Array.from({ length: 10 }, () => store.revoke(token.tokenHash)));
    expect(all.filter(({ wasRevoked }) => !wasRevoked)).toHaveLength(1);
  });

  it("that is not there is not revoked, and comes into being by no try", async () => {
    const { tokenHash } = tokenNamed("nobody");
    await expect(store.revoke(tokenHash)).rejects.toThrow(NotFound);
    expect(await store.get(tokenHash)).toBeUndefined();
  });

  it("keeps what a later version has noted when it is revoked", async () => {
    const { tokenHash, name, createdAt } = tokenNamed("later");
    const item = { tokenHash: { S: tokenHash }, name: { S: name }, createdAt: { S: createdAt } };
    await hand.put("tokens", { ...item, services: { L: [{ S: "a*" }] } });
    await store.revoke(tokenHash);
    expect(await hand.get("tokens", { tokenHash: { S: tokenHash } })).toMatchObject({ services: { L: [{ S: "a*" }] } });
  });
});

it("all tokens are listed by name, of one name the oldest first", async () => {
  const later = tokenNamed("z-list", { createdAt: "2026-01-02T00:00:00.000Z" });
  const earlier = tokenNamed("z-list", { createdAt: "2026-01-01T00:00:00.000Z" });
  const other = tokenNamed("y-list");
  for (const token of [later, other, earlier]) await store.put(token);
  const listed = (await store.list()).filter(({ name }) => name.endsWith("-list"));
  expect(listed).toEqual([other, earlier, later]);
});
