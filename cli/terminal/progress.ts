import type { WriteStream } from "node:tty";
import { hideSpinner } from "./spinner.ts";

/** A line on a terminal that shows how far something has come. */
export interface Progress {
  show(done: number, expected: number): void;
  /** Takes the line away. */
  end(): void;
}

const MAX_BAR = 40;
const ERASE = "\r\u001b[K";

/** @returns undefined where nobody watches. */
export function startProgress(stream: WriteStream, label: string): Progress | undefined {
  if (!stream.isTTY) return undefined;
  hideSpinner();
  return {
    show(done, expected) {
      const counts = ` ${done}/${expected}`;
      // One column stays free, or the terminal may go to the next line.
      const room = (stream.columns || 80) - 1 - label.length - counts.length - " []".length;
      const width = Math.min(room, MAX_BAR);
      const filled = Math.round((width * done) / Math.max(expected, 1));
      const bar = width < 1 ? "" : ` [${"#".repeat(filled)}${"-".repeat(width - filled)}]`;
      stream.write(`${ERASE}${`${label}${bar}${counts}`.slice(0, (stream.columns || 80) - 1)}`);
    },
    end: () => void stream.write(ERASE),
  };
}
