import { spawn } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isPacked, packedManifest } from "./packed-manifest.ts";

/**
 * npm packs package.json as it lies there, with dependencies that the image needs and the package does not. So the checkout's
 * is put away while npm packs, which takes it well under a second, and put back after that, whatever ends npm meanwhile.
 */

/** After this long it is put back although npm has not asked for it. */
const LEASE_MS = 30_000;
const PUT_BACK_LATER = join(import.meta.dirname, "put-back-later.ts");

/** Puts the package's own package.json in the place of the checkout's. @throws if npm is packing already. */
export function swapManifest(root: string): void {
  const { manifest, kept } = places(root);
  const text = readFileSync(manifest, "utf8");
  writeFileSync(kept, text);
  replace(manifest, `${JSON.stringify(packedManifest(JSON.parse(text)), null, 2)}\n`);
  // In a session of its own: Ctrl-C ends npm and not this.
  spawn(process.execPath, [PUT_BACK_LATER, root, String(LEASE_MS)], { detached: true, stdio: "ignore" }).unref();
}

/** Mends what a run left that was killed together with its keeper. @throws if it may not be over yet. */
export function mendManifest(root: string): void {
  const { kept } = places(root);
  if (!existsSync(kept)) return;
  if (Date.now() - statSync(kept).mtimeMs < LEASE_MS)
    throw new Error(
      `npm is packing here already, or was stopped while it did: try again in ${LEASE_MS / 1_000} seconds`,
    );
  putBackManifest(root);
}

/** @returns whether there was something to put back. */
export function putBackManifest(root: string): boolean {
  const { manifest, kept } = places(root);
  if (!existsSync(kept)) return false;
  const wasPacked = isPacked(JSON.parse(readFileSync(manifest, "utf8")));
  if (wasPacked) replace(manifest, readFileSync(kept, "utf8"));
  rmSync(kept);
  return wasPacked;
}

function places(root: string): { manifest: string; kept: string } {
  return { manifest: join(root, "package.json"), kept: join(root, "dist", "package.json.kept") };
}

/** Whoever reads meanwhile sees the one or the other, whole. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
