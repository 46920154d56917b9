import { mkdir, rm, writeFile } from "node:fs/promises";
import { readPerformance } from "./read-performance.ts";

// Writes docs/performance.md and the pictures in docs/performance/.
const docs = new URL("../../docs/", import.meta.url);
const files = readPerformance();
await rm(new URL("performance", docs), { recursive: true, force: true });
await mkdir(new URL("performance", docs));
for (const [path, text] of files) await writeFile(new URL(path, docs), text);
