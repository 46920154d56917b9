import type { Config } from "../shared/config.ts";
import { standardOutput } from "../shared/emf/standard-output.ts";
import { createLateLog, type LateLog } from "./late-log.ts";

/** The log of a function, on its standard output. What writes it is loaded with its first line. */
export function createFunctionLog(level: Config["logLevel"]): LateLog {
  return createLateLog(level, async () => {
    const { createLogger } = await import("../shared/log.ts");
    return createLogger(level, standardOutput);
  });
}
