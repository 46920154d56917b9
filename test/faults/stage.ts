import type { Chance } from "./chance.ts";

/** Something that Flashpoint promises, beside what was seen of it. */
export interface Verdict {
  readonly promise: string;
  readonly measured: string;
  readonly isHeld: boolean;
}

export interface StageContext {
  /** How many reports are sent. */
  readonly reports: number;
  /** How often the server is killed. */
  readonly kills: number;
  readonly chance: Chance;
  /** Until when something may be waited for, by `performance.now()`; what is not there by then is missing. */
  readonly patience: number;
  /** Aborts when the time is over or somebody has had enough. */
  readonly signal: AbortSignal;
  /** Shows progress. */
  tell(line: string): void;
  /** Shows results. */
  print(text: string): void;
  /** Is run at the end, the last one first, however it ends. */
  atEnd(step: () => Promise<void> | void): void;
}

/** A part of the run; leaves what it starts to `atEnd`. */
export interface Stage {
  /** What `npm run test:faults -- NAME` takes. */
  readonly name: string;
  readonly question: string;
  run(context: StageContext): Promise<readonly Verdict[]>;
}
