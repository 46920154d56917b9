import type { Random } from "./random.ts";

/** What became of one case. */
export interface Answer {
  /** Short, to be counted: the code of an answer, or how else it ended. */
  readonly kind: string;
  /** What is wrong with it, if anything is. */
  readonly fault?: string;
  /** Id of a task that the answer promises to have recorded. */
  readonly taskId?: string | undefined;
}

/** One way of doing something to Flashpoint. */
export interface Target {
  /** What `--only` takes. */
  readonly name: string;
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  /**
   * Runs the case that `random` chooses. Never throws for what Flashpoint does.
   * @param tell hears what is sent, before it is sent.
   */
  run(random: Random, index: number, tell: (sent: string) => void): Promise<Answer>;
  close?(): Promise<void> | void;
}

/** How much of the bytes of a case is shown. */
const SHOWN_BYTES = 400;

export function shownBytes(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString("hex");
  return bytes.length > SHOWN_BYTES ? `${hex}… (${bytes.length} bytes)` : hex;
}
