import { expect, it } from "vitest";
import { deliveriesText } from "../../cli/tasks/delivery-text.ts";

const BASE = { attempts: 1, at: "2026-01-31T12:00:00.000Z" };

it("names each delivery's collector and status, and errors if asked to", () => {
  const deliveries = {
    hook: { ...BASE, status: "delivered" as const },
    flames: { ...BASE, status: "retrying" as const, lastError: "answered 503" },
  };
  expect(deliveriesText(deliveries)).toBe("hook delivered, flames retrying");
  expect(deliveriesText(deliveries, { withErrors: true })).toBe("hook delivered, flames retrying (answered 503)");
  const dead = { pager: { ...BASE, status: "dead" as const, lastError: "gave up after 4 attempts: answered 503" } };
  expect(deliveriesText(dead)).toBe("pager dead");
  expect(deliveriesText(dead, { withErrors: true })).toBe("pager dead (gave up after 4 attempts: answered 503)");
  expect(deliveriesText({})).toBe("");
});
