/**
 * The few errors that the domain knows. Each edge translates them once: the RPC edge into Connect codes
 * (rpc/translate-errors.ts), the queue edge into a retry or a dead letter, the CLI into a message and an exit code.
 */

/** One faulty field: where it stands, what is wrong and what would be right. */
export interface Fault {
  /** Path to the field, for instance `causes[0].uri`; empty for the whole. */
  path: string;
  problem: string;
}

/** Most faults that one answer or log line names; enough to mend, too few to do harm. */
export const SHOWN_FAULTS = 20;

/** The caller sent something that can never succeed. Carries every fault, not just the first. */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";
  /** What is faulty as a whole, for instance `report`. */
  readonly subject: string;
  readonly faults: readonly Fault[];

  constructor(subject: string, faults: readonly Fault[]) {
    super(`${subject}: ${describeFaults(faults)}`);
    this.subject = subject;
    this.faults = faults;
  }
}

/** The caller has not shown who it is. The message goes to whoever asks: it must not tell what was wrong. */
export class Unauthenticated extends Error {
  override readonly name = "Unauthenticated";
}

/** Something behind us did not answer in time. Trying again later is right; nothing was decided. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}

/** The caller may not do this, whoever it is: it has shown that, and it is not enough. */
export class PermissionDenied extends Error {
  override readonly name = "PermissionDenied";
}

/** The caller asked for more than a stated limit. */
export class LimitExceeded extends Error {
  override readonly name = "LimitExceeded";
  /** In how many ms there may be room again; undefined if that is not known, or waiting does not help. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { retryAfterMs }: { retryAfterMs?: number } = {}) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Somebody else changed the thing since it was read. */
export class Conflict extends Error {
  override readonly name = "Conflict";
}

/** The named thing does not exist. */
export class NotFound extends Error {
  override readonly name = "NotFound";
}

/** A message is to come again, after a while. */
export class ComeAgain extends Error {
  override readonly name = "ComeAgain";
  readonly afterSeconds: number;
  /** Whether this is how things go, and nothing to warn of. */
  readonly isRoutine: boolean;

  constructor(reason: string, afterSeconds: number, { isRoutine = false } = {}) {
    super(reason);
    this.afterSeconds = afterSeconds;
    this.isRoutine = isRoutine;
  }
}

/** A message can never be processed, or has been tried often enough: it belongs to the dead letters. */
export class Undeliverable extends Error {
  override readonly name = "Undeliverable";
}

/** Most faults that are noted of one input; whoever mends a hundred may ask again. */
const MAX_FAULTS = 100;
/** Longest path that is noted: keys come from outside, and can be as long as the input. */
const MAX_PATH = 256;

/** Notes a fault, within bounds. */
export function addFault(faults: Fault[], { path, problem }: Fault): void {
  if (faults.length < MAX_FAULTS) faults.push({ path: path.slice(0, MAX_PATH), problem });
}

/** The first faults in one line, and how many more there are. */
export function describeFaults(faults: readonly Fault[]): string {
  const more = faults.length > SHOWN_FAULTS ? [`and ${faults.length - SHOWN_FAULTS} more`] : [];
  return [...faults.slice(0, SHOWN_FAULTS).map(describeFault), ...more].join("; ");
}

/** What an error says, whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function describeFault(fault: Fault): string {
  return fault.path === "" ? fault.problem : `${fault.path} ${fault.problem}`;
}
