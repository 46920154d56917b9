import { expect, test } from "vitest";
import { BlockedAddress } from "../../shared/egress/blocked-address.ts";
import { connectionErrorText } from "../../shared/egress/connection-error-text.ts";

const circular = new Error("again");
circular.cause = circular;

test.each<[unknown, string]>([
  [
    new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:1") }),
    "connect ECONNREFUSED 127.0.0.1:1",
  ],
  [new Error("failed", { cause: new BlockedAddress("blocked: why", { cause: new Error("inside") }) }), "blocked: why"],
  [new AggregateError([new Error("one"), new Error("one"), new Error("two")], ""), "one; two"],
  [
    Object.assign(new Error("unable to get local issuer certificate; try --use-system-ca"), {
      code: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    }),
    "TLS failed: unable to get local issuer certificate",
  ],
  [
    Object.assign(new Error("unable to verify the first certificate"), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }),
    "TLS failed: unable to verify the first certificate",
  ],
  [
    Object.assign(new Error("certificate has expired"), { code: "CERT_HAS_EXPIRED" }),
    "TLS failed: certificate has expired",
  ],
  [new Error("x".repeat(1_000)), "x".repeat(300)],
  [new Error(""), "failed"],
  ["text", "failed"],
  [circular, "failed"],
])("%#: an error is told in words", (error, text) => {
  expect(connectionErrorText(error)).toBe(text);
});
