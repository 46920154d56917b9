import { isMainThread } from "node:worker_threads";
import { usageNow } from "./usage.ts";

// Loaded into the server before it starts: tells what it uses when it is asked. Ends it with whoever started it.
if (isMainThread && process.send !== undefined) {
  process.on("message", () => process.send?.(usageNow()));
  process.on("disconnect", () => process.exit());
  process.channel?.unref();
}
