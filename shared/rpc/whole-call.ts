/** A call by POST, as a host has it before it has read the body. */
export interface IncomingCall {
  readonly url: string;
  /** Of the URL. */
  readonly path: string;
  /** For looking headers up, which may come cheaper than `requestHeader`. */
  readonly header: Pick<Headers, "get">;
  readonly requestHeader: Headers;
  /** Triggers when the caller is gone. */
  readonly signal: AbortSignal;
}

/** The same once all of it is there. */
export interface WholeCall extends Omit<IncomingCall, "header" | "requestHeader"> {
  readonly header: Headers;
  readonly body: Uint8Array;
}
