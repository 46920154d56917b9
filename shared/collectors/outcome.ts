/** How one attempt to deliver ended. */
export type Outcome =
  | { kind: "delivered" }
  /** Worth another attempt. */
  | { kind: "retry"; reason: string; retryAfterSeconds?: number }
  /** The collector will never take this event; another one it may. */
  | { kind: "refused"; reason: string }
  /** The collector says that it is gone for good. */
  | { kind: "gone"; reason: string }
  /** Nobody is there to take it, now or later. */
  | { kind: "dropped"; reason: string };

/** How much of a failing collector's answer is kept to show the operator. */
export const EVIDENCE_BYTES = 512;
