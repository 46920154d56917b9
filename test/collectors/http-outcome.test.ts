import { describe, expect, test } from "vitest";
import { outcomeOfStatus } from "../../shared/collectors/http-outcome.ts";

describe("a status means", () => {
  test.each<[kind: string, statuses: number[]]>([
    ["retry", [408, 425, 429, 500, 501, 502, 503, 504, 507, 511, 599]],
    ["refused", [300, 304, 400, 401, 403, 404, 405, 409, 411, 413, 415, 422, 426, 431, 451, 499]],
    ["gone", [410]],
  ])("%s for %j, with the reason as it came", (kind, statuses) => {
    for (const status of statuses) {
      expect(outcomeOfStatus(status, "because", undefined), `${status}`).toEqual({ kind, reason: "because" });
    }
  });
});

test.each([301, 302, 303, 307, 308])("a redirect by %i is refused, and the reason says why", (status) => {
  expect(outcomeOfStatus(status, "answered so: moved", undefined)).toEqual({
    kind: "refused",
    reason: "answered so: moved; redirects are not followed",
  });
});

test("what the collector asks to wait counts where there is another attempt", () => {
  expect(outcomeOfStatus(503, "because", 0)).toEqual({ kind: "retry", reason: "because", retryAfterSeconds: 0 });
  expect(outcomeOfStatus(429, "because", 60)).toEqual({ kind: "retry", reason: "because", retryAfterSeconds: 60 });
  expect(outcomeOfStatus(400, "because", 60)).toEqual({ kind: "refused", reason: "because" });
  expect(outcomeOfStatus(410, "because", 60)).toEqual({ kind: "gone", reason: "because" });
});
