import { expect, it } from "vitest";
import { whatText } from "../../cli/policies/past-text.ts";
import { displayWidth } from "../../cli/terminal/display-width.ts";

it("what a revision did is no wider than its column, in scripts of wide characters too", () => {
  const check = { threshold: "5", period: 60, count: 20, uriList: [], uriRegex: "" };
  const revisionOf = (revision: number, uriRegex: string) => ({
    ...{ serviceName: "shop", revision, updatedAt: "", updatedBy: "", state: "valid" as const },
    content: { targets: { NETWORK: { HTTP_ERROR_RATE: { ...check, uriRegex } } } },
  });
  const text = whatText({ revision: revisionOf(2, "漢".repeat(300)), before: revisionOf(1, "^/"), isCurrent: true });
  expect(text).toMatch(/漢…$/);
  expect(displayWidth(text)).toBeLessThanOrEqual(200);
});
