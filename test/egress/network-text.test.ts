import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readNetwork } from "../../shared/egress/network.ts";
import { networkProblem } from "../../shared/egress/network-text.ts";

const piece = fc.constantFrom(
  "10",
  "0",
  "255",
  "256",
  "01",
  ".",
  ":",
  "::",
  "/",
  "8",
  "128",
  "129",
  "fd00",
  "ffff",
  "%",
  "a",
  " ",
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
  fc
    .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: -1, max: 130 }))
    .map(([address, prefix]) => `${address}/${prefix}`),
  fc.string({ unit: "binary" }),
);

test("whatever is typed, it is a network, or the problem says what stands there", () => {
  let networks = 0;
  fc.assert(
    fc.property(text, (typed) => {
      const problem = networkProblem(typed);
      const read = readNetwork(typed);
      if (problem !== undefined) {
        expect(problem).toContain(typed);
        expect(read).toHaveProperty("problem");
        return;
      }
      networks++;
      expect(read).toHaveProperty("network");
      const [address = "", prefix = ""] = typed.split("/");
      const version = isIP(address);
      expect([4, 6]).toContain(version);
      expect(Number(prefix)).toBeLessThanOrEqual(version === 4 ? 32 : 128);
    }),
    { numRuns: 3_000 },
  );
  expect(networks).toBeGreaterThan(10);
});
