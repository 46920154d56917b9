import { constants } from "node:os";
import { hideSpinner } from "./spinner.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Runs work that ends in good order on the first Ctrl-C or SIGTERM; the second ends the process as usual. */
export async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  hideSpinner(); // what can be stopped shows itself how far it is
  const stopping = new AbortController();
  return withSignals(
    (name) => stopping.abort(name),
    () => work(stopping.signal),
  );
}

/**
 * Waits for work or for the signal, whatever is first: after the signal the work is nobody's any more, and its errors too.
 * @returns whether the work has ended.
 */
export async function endedBefore(signal: AbortSignal, work: Promise<unknown>): Promise<boolean> {
  const stopped = new Promise<false>((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener("abort", () => resolve(false), { once: true });
  });
  work.catch(() => {});
  return Promise.race([work.then(() => true), stopped]);
}

/**
 * Runs work that is not to be left half done, for instance a secret that is written and not shown yet. The first Ctrl-C or
 * SIGTERM is heeded once it is over, by the exit code; the second ends the process at once. Whatever waits in `work` has to
 * have a bound.
 */
export function notCutShort<T>(work: () => Promise<T>): Promise<T> {
  return withSignals((name) => {
    hideSpinner();
    process.stderr.write("flashpoint: ends once this is done; the same again ends it at once\n");
    process.exitCode = exitCodeOf(name);
  }, work);
}

/** As shells count a process that a signal ended: 130 for Ctrl-C. */
export function exitCodeOf(name: (typeof SIGNALS)[number]): number {
  return 128 + constants.signals[name];
}

async function withSignals<T>(stop: (name: (typeof SIGNALS)[number]) => void, work: () => Promise<T>): Promise<T> {
  const heed = (name: NodeJS.Signals): void => {
    forget();
    stop(name as (typeof SIGNALS)[number]);
  };
  const forget = (): void => {
    for (const signal of SIGNALS) process.off(signal, heed);
  };
  for (const signal of SIGNALS) process.on(signal, heed);
  try {
    return await work();
  } finally {
    forget();
  }
}
