/** How one attempt to deliver ended. */
export type Outcome =
  | {
      kind: "delivered";
      /** What the collector calls the event, if it says so. */
      remoteId?: string;
      /** The beginning of what it answered, where that was read. */
      answer?: string;
    }
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
