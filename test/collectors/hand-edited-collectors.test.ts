import fc from "fast-check";
import { expect, test } from "vitest";
import { readHealth } from "../../shared/collectors/collector-health.ts";
import { EVENT_KINDS } from "../../shared/collectors/event-kind.ts";
import { KINDS, maskSecrets } from "../../shared/collectors/kinds.ts";
import { recipientOf, wants } from "../../shared/collectors/recipient.ts";
import { validateCollector } from "../../shared/collectors/validate-collector.ts";
import { TARGETS } from "../../shared/policies/policy.ts";
import { anyItem, anythingLike } from "../support/any-value.ts";
import { SECRET, USUAL } from "../support/collectors.ts";

const ATTRIBUTES = {
  ...USUAL,
  name: "hook",
  url: "https://collector.example.com/in",
  events: ["tasks"],
  headers: { "x-team": "a" },
  secret: SECRET,
  previousSecret: SECRET,
  previousSecretUntil: "2026-01-31T12:00:00.000Z",
  mode: "structured",
  username: "ada",
  password: "hunter2",
  tenant: "team-a",
};
const kind = fc.constantFrom(...Object.keys(KINDS), undefined, "__proto__", "toString");
const item = fc
  .tuple(kind, fc.oneof(anythingLike(ATTRIBUTES), anyItem(ATTRIBUTES)))
  .map(([kind, held]) => ({ ...(held as Record<string, unknown>), ...(kind !== undefined && { kind }) }));

test("whatever an item holds, it reads as a collector that is valid again, or its faults say what is wrong", () => {
  let valid = 0;
  fc.assert(
    fc.property(item, (stored) => {
      const read = validateCollector(stored);
      if (!read.ok) {
        expect(read.faults.length).toBeGreaterThan(0);
        for (const { path, problem } of read.faults) expect(`${path} ${problem}`).not.toContain(SECRET);
        return;
      }
      valid++;
      expect(validateCollector({ ...read.collector })).toEqual(read);
      expect(JSON.stringify(maskSecrets(read.collector))).not.toContain(SECRET);
    }),
    { numRuns: 2_000 },
  );
  expect(valid).toBeGreaterThan(10);
});

test("whatever an item holds, it is clear who gets which events", () => {
  fc.assert(
    fc.property(item, fc.string(), (stored, serviceName) => {
      const recipient = recipientOf("hook", stored);
      for (const event of EVENT_KINDS) {
        for (const target of [...TARGETS, undefined])
          expect(wants(recipient, event, { serviceName, target })).toBeTypeOf("boolean");
      }
    }),
    { numRuns: 1_000 },
  );
});

test("whatever stands where health should, a pause has a time and a reason, and a failure a beginning", () => {
  const sound = { failingSince: "2026-01-31T12:00:00.000Z", paused: { at: "2026-01-31T12:00:00.000Z", reason: "x" } };
  fc.assert(
    fc.property(fc.oneof(anyItem(sound), anythingLike(sound)), (stored) => {
      const { failingSince, paused } = readHealth((stored ?? {}) as Record<string, unknown>);
      for (const time of [failingSince ?? sound.failingSince, paused?.at ?? sound.paused.at])
        expect(Number.isNaN(Date.parse(time))).toBe(false);
      if (paused !== undefined) expect(paused.reason).not.toBe("");
    }),
    { numRuns: 1_000 },
  );
});
