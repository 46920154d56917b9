import { beforeEach, describe, expect, it } from "vitest";
import { isInScope } from "../../shared/access/scope.ts";
import { createScopeFilter, type ScopeFilter } from "../../shared/access/scope-filter.ts";
import { Unauthenticated } from "../../shared/errors.ts";
import { createLogger } from "../../shared/log.ts";
import { noMetrics } from "../../shared/metrics.ts";
import { newToken, storedToken } from "../support/tokens.ts";

const NOON = Date.UTC(2026, 0, 31, 12);

describe("a scope", () => {
  it.each([
    [undefined, ["checkout", "", "shop::cart"], []],
    [[], [], ["checkout", ""]],
    [["checkout"], ["checkout"], ["checkout2", "Checkout", ""]],
    [["shop::*"], ["shop::cart", "shop::"], ["shop", "shop:cart", "workshop::cart"]],
    [["*"], ["checkout", ""], []],
    [["shop::*", "!shop::admin"], ["shop::cart"], ["shop::admin", "checkout"]],
    [["*-shop-*"], [`${"a".repeat(2_042)}-shop-`], [`${"a".repeat(2_043)}-shop-`]],
    [
      ["a.c", "[abc]", "a|b"],
      ["a.c", "[abc]", "a|b"],
      ["abc", "a", "b"],
    ],
  ])("of %j is of %j and not of %j", (scope, within, without) => {
    for (const name of within) expect(isInScope(scope, name)).toBe(true);
    for (const name of without) expect(isInScope(scope, name)).toBe(false);
  });
});

describe("what is out of a token's scope", () => {
  const narrow = storedToken(newToken(), { name: "narrow", services: ["shop::*"] });
  let now: number;
  let lines: Record<string, unknown>[];
  let counted: unknown[];
  let filter: ScopeFilter;

  beforeEach(() => {
    now = NOON;
    lines = [];
    counted = [];
    filter = createScopeFilter({
      requireToken: false,
      log: createLogger("debug", { write: (line) => lines.push(JSON.parse(line)) }),
      metrics: { ...noMetrics, count: (...count) => counted.push(count) },
      now: () => now,
    });
  });
  const among = (...names: string[]) =>
    filter
      .inScope(
        narrow,
        "queryPolicies",
        names.map((serviceName) => ({ serviceName })),
      )
      .map(({ serviceName }) => serviceName);

  it("is left out and counted, and what is in it stays in its order", () => {
    expect(among("payments", "shop::cart", "checkout", "shop::checkout")).toEqual(["shop::cart", "shop::checkout"]);
    expect(counted).toEqual([["out_of_scope_total", { method: "queryPolicies" }, 2]]);
    expect(filter.allows(narrow, "keepAlive", "checkout")).toBe(false);
    expect(counted[1]).toEqual(["out_of_scope_total", { method: "keepAlive" }, 1]);
  });

  it("costs nothing where all is in it", () => {
    const services = [{ serviceName: "shop::cart" }, { serviceName: "shop::checkout" }];
    for (const caller of [narrow, storedToken(newToken()), undefined])
      expect(filter.inScope(caller, "queryPolicies", services)).toBe(services);
    expect([counted, lines]).toEqual([[], []]);
  });

  it("is nobody's where nobody is known and a token is required", () => {
    const strict = createScopeFilter({ requireToken: true, log: createLogger("silent"), metrics: noMetrics });
    expect(() => strict.allows(undefined, "keepAlive", "checkout")).toThrow(Unauthenticated);
    expect(strict.allows(storedToken(newToken()), "keepAlive", "checkout")).toBe(true);
    expect(filter.allows(undefined, "keepAlive", "checkout")).toBe(true);
  });

  it("is told once in ten minutes for each token, with its name and the service's", () => {
    among("payments", "checkout");
    among("checkout");
    filter.allows(storedToken(newToken(), { name: "other", services: ["x"] }), "collect", "y".repeat(1_000));
    now += 599_999;
    among("checkout");
    expect(lines).toMatchObject([
      { level: "warn", agentToken: "narrow", method: "queryPolicies", serviceName: "payments" },
      { level: "warn", agentToken: "other", method: "collect", serviceName: "y".repeat(256) },
    ]);
    now += 1;
    among("checkout");
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatchObject({ agentToken: "narrow", serviceName: "checkout" });
    expect(JSON.stringify(lines)).not.toContain(narrow.tokenHash);
  });
});
