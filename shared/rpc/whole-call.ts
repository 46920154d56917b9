/** A call by POST as a host has it once all of it is there. */
export interface WholeCall {
  readonly url: string;
  /** Of the URL. */
  readonly path: string;
  readonly header: Headers;
  readonly body: Uint8Array;
  /** Triggers when the caller is gone. */
  readonly signal: AbortSignal;
}
