import { expect, test } from "vitest";
import { nearest, suggestion } from "../shared/nearest.ts";

test.each([
  ["polcy", "policy"],
  ["plicy", "policy"],
  ["ploicy", "policy"],
  ["policys", "policy"],
  ["POLICY", "policy"],
  ["budgets", "budget"],
  ["extend", "extends"],
])("%s is most likely %s", (name, meant) => {
  expect(nearest(name, ["budget", "policy", "extends"])).toBe(meant);
});

test.each(["colour", "p", "", "policypolicy", "x".repeat(10_000)])("%j is none of them", (name) => {
  expect(nearest(name, ["budget", "policy", "extends"])).toBeUndefined();
  expect(suggestion(name, ["budget", "policy"])).toBe("");
});

test("the nearest of several is meant", () => {
  expect(nearest("services", ["service", "services"])).toBe("services");
  expect(suggestion("servces", ["service", "services"])).toBe("; did you mean services?");
});
