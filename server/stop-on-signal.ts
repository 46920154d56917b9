import type { Logger } from "../shared/log.ts";

/** The process ends by itself this long after the first signal, whatever hangs. */
const LIMIT_MS = 9_500;

/** Stops in good order on the first SIGTERM or SIGINT, and at once on the second. */
export function stopOnSignal(log: Logger, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "stopping");
    setTimeout(() => {
      log.error("not stopped in time; ending all the same");
      process.exit(1);
    }, LIMIT_MS).unref();
    stop().then(
      () => {
        log.info("stopped");
        process.exit(0);
      },
      (error) => {
        log.error({ err: error }, "not stopped in good order");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}
