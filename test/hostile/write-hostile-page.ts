import { writeFile } from "node:fs/promises";
import { hostilePage } from "./hostile-page.ts";

// Writes docs/hostile-calls.md.
await writeFile(new URL("../../docs/hostile-calls.md", import.meta.url), hostilePage());
