import { writeFile } from "node:fs/promises";
import { readPermissions } from "./read-permissions.ts";

// Writes docs/permissions.md.
await writeFile(new URL("../../docs/permissions.md", import.meta.url), readPermissions());
