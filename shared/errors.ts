/**
 * The few errors that the domain knows. Each edge translates them once: the RPC edge into Connect codes
 * (rpc/translate-errors.ts), the queue edge into a retry, the CLI into a message and an exit code.
 */

/** One faulty field: where it stands, what is wrong and what would be right. */
export interface Fault {
  /** Path to the field, for instance `causes[0].uri`; empty for the whole. */
  path: string;
  problem: string;
}

/** The caller sent something that can never succeed. Lists every fault, not just the first. */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";
  /** What is faulty as a whole, for instance `report`. */
  readonly subject: string;
  readonly faults: readonly Fault[];

  constructor(subject: string, faults: readonly Fault[]) {
    super(`${subject}: ${faults.map(describeFault).join("; ")}`);
    this.subject = subject;
    this.faults = faults;
  }
}

/** Something behind us did not answer in time. Trying again later is right; nothing was decided. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}

/** The caller asked for more than a stated limit. */
export class LimitExceeded extends Error {
  override readonly name = "LimitExceeded";
}

/** Somebody else changed the thing since it was read. */
export class Conflict extends Error {
  override readonly name = "Conflict";
}

/** The named thing does not exist. */
export class NotFound extends Error {
  override readonly name = "NotFound";
}

/** A collector did not take an event; it is worth another attempt. */
export class NotDelivered extends Error {
  override readonly name = "NotDelivered";
}

export function describeFault(fault: Fault): string {
  return fault.path === "" ? fault.problem : `${fault.path} ${fault.problem}`;
}
