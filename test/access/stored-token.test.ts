import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTokenItem, tokenState } from "../../shared/access/stored-token.ts";
import { anyItem } from "../support/any-value.ts";

const NOON = Date.UTC(2026, 0, 31, 12);
const TOKEN = { tokenHash: "c40886935686", name: "rover", createdAt: "2026-01-30T12:00:00.000Z" };

describe("a token", () => {
  it.each([
    ["active", {}],
    ["active", { expiresAt: "2026-01-31T12:00:00.001Z" }],
    ["active", { expiresAt: "2026-01-31T14:00:00+01:00" }],
    ["expired", { expiresAt: "2026-01-31T12:00:00.000Z" }],
    ["expired", { expiresAt: "2020-01-01" }],
    ["revoked", { revokedAt: "2026-01-31T11:00:00.000Z" }],
    ["revoked", { revokedAt: "2026-01-31T11:00:00.000Z", expiresAt: "2020-01-01" }],
  ])("is %s with %j", (state, times) => {
    expect(tokenState({ ...TOKEN, ...times }, NOON)).toBe(state);
  });

  it.each([
    ["expired", { expiresAt: "soon" }],
    ["expired", { expiresAt: "" }],
    ["expired", { expiresAt: null }],
    ["expired", { expiresAt: {} }],
    ["revoked", { revokedAt: "" }],
    ["revoked", { revokedAt: null }],
    ["revoked", { revokedAt: false }],
  ])("is %s if hands have left %j there", (state, times) => {
    expect(tokenState(readTokenItem({ ...TOKEN, ...times }), NOON)).toBe(state);
  });

  it("is read with what is known of it, and without what a later version has added", () => {
    expect(readTokenItem({ ...TOKEN, colour: "red" } as never)).toEqual(TOKEN);
    expect(readTokenItem({ tokenHash: "c40886935686" })).toEqual({
      tokenHash: "c40886935686",
      name: "",
      createdAt: "",
    });
  });

  it.each([
    ["a list", ["shop::*", "!shop::admin"]],
    ["a string set, as hands may leave one", new Set(["shop::*", "!shop::admin"])],
  ])("speaks for the services of %s", (_what, services) => {
    expect(readTokenItem({ ...TOKEN, services })).toEqual({ ...TOKEN, services: ["shop::*", "!shop::admin"] });
  });

  it.each([
    [null],
    ["shop::*"],
    [[]],
    [[""]],
    [[7]],
    [{}],
    [Array.from({ length: 101 }, () => "*")],
    [Array.from({ length: 9 }, () => "x".repeat(2_000))],
  ])("speaks for no service if hands have left %j for its services", (services) => {
    expect(readTokenItem({ ...TOKEN, services })).toEqual({ ...TOKEN, services: [] });
  });
});

it("whatever hands have made of an item, it reads as a token that lets in, or does not", () => {
  const item = anyItem({ ...TOKEN, expiresAt: "2026-02-01", revokedAt: "2026-02-01" });
  fc.assert(
    fc.property(item, (stored) => {
      const token = readTokenItem(stored);
      for (const text of Object.values(token)) expect(text).toBeTypeOf("string");
      expect(["active", "expired", "revoked"]).toContain(tokenState(token, NOON));
      // What was put there to end it never lets it live longer.
      if (stored.revokedAt !== undefined) expect(tokenState(token, NOON)).toBe("revoked");
    }),
    { numRuns: 1_000 },
  );
});

it("what is no text does not keep the others from being read", () => {
  const odd = { toString: {} };
  expect(readTokenItem({ ...TOKEN, name: odd, expiresAt: [odd] })).toEqual({ ...TOKEN, name: "", expiresAt: "" });
  expect(tokenState(readTokenItem({ ...TOKEN, expiresAt: odd }), NOON)).toBe("expired");
});
