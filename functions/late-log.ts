import { type Config, LOG_LEVELS } from "../shared/config.ts";
import type { Logger } from "../shared/log.ts";

const METHODS = ["trace", "debug", "info", "warn", "error"] as const;

/** A logger that is made with its first line: most instances never write one. */
export interface LateLog {
  readonly log: Logger;
  /** Resolves once the lines so far are written. @throws if the logger cannot be had; those lines are lost. */
  written(): Promise<void>;
}

/** @param make called once a line is to be written, and again after it has failed. */
export function createLateLog(level: Config["logLevel"], make: () => Promise<Logger>): LateLog {
  let made: Logger | undefined;
  let making: Promise<void> | undefined;
  let waiting: ((log: Logger) => void)[] = [];

  async function writeWaiting(): Promise<void> {
    try {
      const log = await make();
      for (const write of waiting) write(log);
      made = log;
    } finally {
      waiting = [];
      making = undefined;
    }
  }

  function write(line: (log: Logger) => void): void {
    if (made !== undefined) {
      line(made);
      return;
    }
    waiting.push(line);
    making ??= writeWaiting();
    making.catch(() => {}); // heard of by whoever waits for the lines
  }

  const isOn = (method: keyof Logger): boolean => LOG_LEVELS.indexOf(method) >= LOG_LEVELS.indexOf(level);
  const lines = METHODS.map((method) => [
    method,
    (...line: [object, string]) => isOn(method) && write((log) => log[method](...line)),
  ]);
  return {
    log: Object.fromEntries(lines),
    async written() {
      await making;
    },
  };
}
