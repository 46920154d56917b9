/** How one attempt to deliver ended. */
export type Outcome =
  | { kind: "delivered" }
  /** Worth another attempt. */
  | { kind: "retry"; reason: string };
