/** Puts package.json back once `npm pack` has had its time, if it is still away; swapped-manifest.ts starts it. */
import { setTimeout as delay } from "node:timers/promises";
import { putBackManifest } from "./swapped-manifest.ts";

const [root = "", ms = ""] = process.argv.slice(2);
await delay(Number(ms));
putBackManifest(root);
