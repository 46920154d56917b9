import { hideSpinner } from "./spinner.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Runs work that ends in good order on the first Ctrl-C or SIGTERM; the second ends the process as usual. */
export async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  hideSpinner(); // what can be stopped shows itself how far it is
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
    forget();
  };
  const forget = (): void => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await work(stopping.signal);
  } finally {
    forget();
  }
}
