import { expect, test } from "vitest";
import { outcomeOfError } from "../../shared/collectors/error-outcome.ts";
import { BlockedAddress } from "../../shared/egress/blocked-address.ts";

test("a refused address is refused for good, however often its error was wrapped", () => {
  const blocked = new BlockedAddress("blocked");
  const wrapped = new TypeError("fetch failed", { cause: new Error("connect failed", { cause: blocked }) });
  for (const error of [blocked, wrapped]) {
    expect(outcomeOfError(error, "because")).toEqual({ kind: "refused", reason: "because" });
  }
});

test("anything else is worth another attempt", () => {
  const circular = new Error("again");
  circular.cause = circular;
  for (const error of [
    new Error("ECONNRESET"),
    new Error("failed", { cause: "blocked" }),
    circular,
    "blocked",
    undefined,
  ]) {
    expect(outcomeOfError(error, "because")).toEqual({ kind: "retry", reason: "because" });
  }
});
