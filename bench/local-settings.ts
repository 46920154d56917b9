import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Settings } from "../shared/settings.ts";

/** A folder of its own for what a figure writes; it is gone when the process ends. */
export function benchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "flashpoint-bench-"));
  // More than once, since a child that was just ended may have written in it meanwhile.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }));
  return folder;
}

/** Settings of a local server beside others on this machine: free ports, a new data folder, and no log but of faults. */
export function localSettings(): Settings {
  return {
    FLASHPOINT_LOG_LEVEL: "warn",
    FLASHPOINT_GRPC_PORT: "0",
    FLASHPOINT_HTTP_PORT: "0",
    FLASHPOINT_DYNAMODB_PORT: "0",
    FLASHPOINT_SQS_PORT: "0",
    FLASHPOINT_DATA_DIR: benchFolder(),
  };
}
