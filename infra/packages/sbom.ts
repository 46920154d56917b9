/**
 * `npm run -s sbom`: the packages that go out, as CycloneDX in JSON, to standard output. npm writes it, from a lock file
 * that has nothing else in it: by `--omit=dev` npm 11 also leaves out what production and development share.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { productionPackages, readLock } from "./locked-packages.ts";

const LISTING_MS = 60_000;

const root = resolve(import.meta.dirname, "../..");
const { devDependencies: _left, ...manifest } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const lock = readLock(root);
const { devDependencies: _out, ...project } = lock.packages[""] as { devDependencies?: unknown };
const kept = productionPackages(lock).map(({ path }) => [path, lock.packages[path]]);

const folder = mkdtempSync(join(tmpdir(), "flashpoint-sbom-"));
try {
  const named = join(folder, manifest.name); // npm calls a project what its folder is called
  mkdirSync(named);
  copyFileSync(join(root, ".npmrc"), join(named, ".npmrc"));
  writeFileSync(join(named, "package.json"), JSON.stringify(manifest));
  const packages = { "": project, ...Object.fromEntries(kept) };
  writeFileSync(join(named, "package-lock.json"), JSON.stringify({ ...lock, packages }));
  const args = ["sbom", "--sbom-format=cyclonedx", "--sbom-type=application", "--package-lock-only"];
  const sbom = execFileSync("npm", [...args, `--prefix=${named}`], {
    cwd: named,
    encoding: "utf8",
    timeout: LISTING_MS,
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.stdout.write(sbom);
  // Whoever reads it, `head` for instance, may have seen enough.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
} finally {
  rmSync(folder, { recursive: true });
}
