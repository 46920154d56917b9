/** What npm runs after it has packed: puts the checkout's package.json back. */
import { join, resolve } from "node:path";
import { putBackManifest } from "./swapped-manifest.ts";

const root = resolve(process.argv[2] ?? join(import.meta.dirname, "../../.."));
if (!putBackManifest(root)) {
  process.stderr.write(
    "pack: npm took so long that package.json was put back meanwhile: the package is not whole, pack again\n",
  );
  process.exitCode = 1;
}
