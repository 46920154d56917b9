/** What npm runs before it packs: builds the command line into dist/, and gives npm the package's own package.json. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { productionPackages, readLock } from "../locked-packages.ts";
import { withNamedLicense } from "../named-license.ts";
import { bundleCli } from "./bundle-cli.ts";
import { bundledPackages, noticesOf } from "./notices.ts";
import { mendManifest, swapManifest } from "./swapped-manifest.ts";

const root = resolve(process.argv[2] ?? join(import.meta.dirname, "../../.."));
mendManifest(root);
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { code, inputs } = await bundleCli(root, { version, commit: commitOf(root) });

const folder = join(root, "dist/cli");
rmSync(folder, { recursive: true, force: true }); // parts of an earlier build bear other names
mkdirSync(folder, { recursive: true });
for (const [name, text] of code) writeFileSync(join(folder, name), text);
const known = new Map(productionPackages(readLock(root)).map((one) => [one.path, one]));
const packages = bundledPackages(inputs).map((path) => {
  const found = known.get(path);
  if (found === undefined) throw new Error(`${path} is bundled, but is no production dependency: make it one`);
  return withNamedLicense(found, root);
});
writeFileSync(join(root, "dist/THIRD-PARTY-NOTICES.txt"), noticesOf(packages, root));
swapManifest(root);

/** For instance `a4eccdf`, or `a4eccdf-dirty` with changes that are not committed; null where git does not know. */
function commitOf(root: string): string | null {
  try {
    const args = ["-C", root, "describe", "--always", "--dirty", "--exclude", "*"];
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}
