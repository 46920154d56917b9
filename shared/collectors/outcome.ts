/** How one attempt to deliver ended. */
export type Outcome =
  | { kind: "delivered" }
  /** Worth another attempt. */
  | { kind: "retry"; reason: string }
  /** Nobody is there to take it, now or later. */
  | { kind: "dropped"; reason: string };

/** How much of a failing collector's answer is kept to show the operator, in bytes of UTF-8. */
export const EVIDENCE_BYTES = 512;
