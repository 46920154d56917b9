import { writeFile } from "node:fs/promises";
import { DEPLOYING, readDeploying } from "./read-deploying.ts";

// Writes the tables of costs in docs/deploying.md.
await writeFile(DEPLOYING, readDeploying());
