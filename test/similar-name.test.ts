import { expect, it } from "vitest";
import { similarName } from "../shared/similar-name.ts";

it.each([
  ["chekout", "checkout", "a letter left out"],
  ["chekcout", "checkout", "two letters swapped"],
  ["CHECKOUT", "checkout", "another case"],
  ["Checkout", "shop::checkout", "the end of a name"],
  ["shop::checkout", "checkout", "a name with something before it"],
  ["CHEKOUT", "checkout", "another case and a letter left out"],
  ["nett", "net", "a letter too many"],
])("%s may mean %s: %s", (said, meant) => {
  expect(similarName(said, ["payments", meant])).toBe(meant);
});

it.each([
  ["chkout", "checkouts", "three letters too few"],
  ["cat", "car", "too short to tell"],
  ["checkout", "payments", "nothing in common"],
  ["checkout", "checkout", "the very name"],
  ["checkout", " ", "a blank one"],
  ["checkout", "o", "a letter that it holds"],
  ["api", "a", "a letter that it starts with"],
])("%s does not mean %s: %s", (said, other) => {
  expect(similarName(said, [other])).toBeUndefined();
});

it("the nearest name is meant, not the first", () => {
  expect(similarName("checkot", ["check", "cheekot2", "checkout"])).toBe("checkout");
});
