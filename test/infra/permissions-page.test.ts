import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readPermissions } from "../../infra/page/read-permissions.ts";

const page = readFileSync(new URL("../../docs/permissions.md", import.meta.url), "utf8");

it("docs/permissions.md is what the template says; `npm run docs:permissions` makes it anew", () => {
  expect(page).toBe(readPermissions());
});

it("lists every function and the edge, each statement with what it is for", () => {
  for (const name of ["agent-api", "task-dispatcher", "task-forwarder"])
    expect(page).toContain(`## Function flashpoint-${name}`);
  expect(page).toContain("## gRPC edge: the server");
  const rows = page.split("\n").filter((line) => /^\| [A-Z]\w+ \|/.test(line));
  expect(rows.length).toBeGreaterThan(25);
  for (const row of rows) expect(row).toMatch(/^\| \w+ \| `[^|]+` \| `[^|]+` \| [A-Z][^|]{15,}\. \|$/);
});
