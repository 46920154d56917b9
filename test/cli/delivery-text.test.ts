import { expect, it } from "vitest";
import { deliveriesText, detailedDeliveriesText } from "../../cli/tasks/delivery-text.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const BASE = { attempts: 1, at: "2026-01-31T12:00:00.000Z" };

it("names each delivery's collector and status, and in detail when the next attempt is due and what was wrong", () => {
  const nextAt = "2026-01-31T12:10:00.000Z";
  const deliveries = {
    hook: { ...BASE, status: "delivered" as const },
    flames: { ...BASE, status: "retrying" as const, lastError: "answered 503", nextAt },
  };
  expect(deliveriesText(deliveries)).toBe("hook delivered, flames retrying");
  expect(detailedDeliveriesText(deliveries, NOW)).toBe(
    "hook delivered, flames retrying, next in 10 min (answered 503)",
  );
  const dead = {
    pager: { ...BASE, status: "dead" as const, lastError: "gave up after 4 attempts: answered 503", nextAt },
  };
  expect(deliveriesText(dead)).toBe("pager dead");
  expect(detailedDeliveriesText(dead, NOW)).toBe("pager dead (gave up after 4 attempts: answered 503)");
  const unnoted = { pager: { ...BASE, status: "retrying" as const, nextAt: "soon" } };
  expect(detailedDeliveriesText(unnoted, NOW)).toBe("pager retrying");
  expect(deliveriesText({})).toBe("");
});
