import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withNamedLicense } from "../../../infra/packages/named-license.ts";
import { temporaryFolder } from "../../support/world.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function licenseOf(manifest: object | undefined): Promise<string | undefined> {
  const path = `node_modules/of-${crypto.randomUUID()}`;
  if (manifest !== undefined) {
    await mkdir(join(folder.path, path), { recursive: true });
    await writeFile(join(folder.path, path, "package.json"), JSON.stringify(manifest));
  }
  return withNamedLicense({ path, name: "some", version: "1.0.0" }, folder.path).license;
}

it.each([
  [{ license: "MIT" }, "MIT"],
  [{ license: { type: "ISC", url: "https://example.com" } }, "ISC"],
  [{ licenses: [{ type: "MIT" }, { type: "Apache-2.0" }] }, "(MIT OR Apache-2.0)"],
  [{ license: "MIT", licenses: [{ type: "GPL-2.0-only" }] }, "MIT"],
])("where the lock file names no license, the package itself does: %j is %s", async (manifest, license) => {
  expect(await licenseOf(manifest)).toBe(license);
});

it.each([{}, { license: "" }, { license: 7 }, { licenses: [] }, { licenses: [{ type: "MIT" }, {}] }, undefined])(
  "%j names none",
  async (manifest) => expect(await licenseOf(manifest)).toBeUndefined(),
);

it("what the lock file names holds", () => {
  const locked = { path: "node_modules/some", name: "some", version: "1.0.0", license: "ISC" };
  expect(withNamedLicense(locked, folder.path)).toBe(locked);
});
