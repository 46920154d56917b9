import fc from "fast-check";
import { expect, test } from "vitest";
import { isResendDue } from "../../shared/agent/resend-slot.ts";

const SECOND = 1_000;
const POLL_EVERY = 10 * SECOND;
/** Between 2001 and 2100. */
const anyMoment = fc.integer({ min: 978_307_200_000, max: 4_102_444_800_000 });
const anyName = fc.oneof(fc.string(), fc.string({ unit: "grapheme", maxLength: 100 }));

/** How many of the polls of one minute that starts at this moment hear the service. */
function timesHeard(serviceName: string, startsAt: number): number {
  let heard = 0;
  for (let poll = 0; poll < 6; poll++) if (isResendDue(serviceName, startsAt + poll * POLL_EVERY)) heard++;
  return heard;
}

test("who polls every 10 seconds, at whatever phase, hears each service exactly once a minute", () => {
  fc.assert(
    fc.property(anyName, anyMoment, (serviceName, startsAt) => {
      expect(timesHeard(serviceName, startsAt)).toBe(1);
    }),
    { numRuns: 1_000 },
  );
});

test("all agents hear a service in the same 10 seconds, from their first to their last millisecond", () => {
  fc.assert(
    fc.property(anyName, anyMoment, fc.nat({ max: 9_999 }), (serviceName, moment, into) => {
      const slotStart = moment - (moment % POLL_EVERY);
      expect(isResendDue(serviceName, slotStart + into)).toBe(isResendDue(serviceName, slotStart));
    }),
  );
});

test("a service's slot is the same in every minute, so that a restarted server goes on where it was", () => {
  fc.assert(
    fc.property(anyName, anyMoment, fc.integer({ min: 1, max: 100_000 }), (serviceName, moment, minutes) => {
      expect(isResendDue(serviceName, moment + minutes * 60 * SECOND)).toBe(isResendDue(serviceName, moment));
    }),
  );
});

test("services are spread over the minute: no poll hears much more than a sixth of them", () => {
  const minute = 1_767_225_600_000; // 2026-01-01T00:00:00Z
  for (const nameOf of [(index: number) => `service-${index}`, (index: number) => `team-${index}::checkout`]) {
    const names = Array.from({ length: 600 }, (_, index) => nameOf(index));
    for (let poll = 0; poll < 6; poll++) {
      const due = names.filter((name) => isResendDue(name, minute + poll * POLL_EVERY)).length;
      expect(due).toBeGreaterThan(60);
      expect(due).toBeLessThan(140);
    }
  }
});
