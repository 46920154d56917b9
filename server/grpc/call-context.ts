import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, createContextValues, encodeBinaryHeader } from "@connectrpc/connect";
import { type Deadline, Metadata } from "@grpc/grpc-js";
import type { QuickContext, SentHeader } from "../../shared/access/quick-context.ts";

/** What the context asks of a call; the calls of grpc-js are such. */
export interface ContextCall {
  readonly metadata: Metadata;
  /** Where what is noted of the call stands, if not on its metadata. */
  readonly notes?: object;
  /** The text of a header, for a call that has it at hand without making `metadata`. */
  readonly header?: (name: string) => string | undefined;
  readonly cancelled: boolean;
  once(event: "cancelled", tell: () => void): unknown;
  getHost(): string;
  getDeadline(): Deadline;
  sendMetadata(header: Metadata): void;
}

/**
 * What is noted of a call of grpc-js stands on its metadata: that is all of it that its gate and its implementation both
 * see. Not in a WeakMap, which takes ten times as long.
 */
const VALUES = Symbol("values");
type Noted = object & { [VALUES]?: ContextValues };

/**
 * Connect's context of a call that came in through grpc-js. Every part is made when it is first asked for: most
 * calls ask for none, and polls come by the thousand.
 */
export class CallContext implements QuickContext {
  readonly requestMethod = "POST";
  readonly protocolName = "grpc";
  readonly method: DescMethod;
  readonly #call: ContextCall;
  #abort: AbortController | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;

  constructor(call: ContextCall, method: DescMethod) {
    this.#call = call;
    this.method = method;
  }

  get service(): QuickContext["service"] {
    return this.method.parent;
  }

  get url(): string {
    return `http://${this.#call.getHost()}/${this.service.typeName}/${this.method.name}`;
  }

  /** Triggers when the client cancels or its deadline passes. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      const tell = (): void => abort.abort(this.#isOverdue() ? overdue() : undefined);
      if (this.#call.cancelled) tell();
      else this.#call.once("cancelled", tell);
    }
    return this.#abort.signal;
  }

  /** To the millisecond: timers and the clock are not quite of one mind. */
  #isOverdue(): boolean {
    const left = this.timeoutMs();
    return left !== undefined && left <= 1;
  }

  readonly timeoutMs = (): number | undefined => {
    const deadline = this.#call.getDeadline();
    const at = deadline instanceof Date ? deadline.getTime() : deadline;
    return Number.isFinite(at) ? Math.max(at - Date.now(), 0) : undefined;
  };

  get requestHeader(): Headers {
    this.#requestHeader ??= headersOf(this.#call.metadata);
    return this.#requestHeader;
  }

  get sentHeader(): SentHeader {
    return this;
  }

  /** The values of one header, as `requestHeader` has them. */
  get(name: string): string | null {
    const { header } = this.#call;
    if (header !== undefined) return header(name) ?? null;
    const values = this.#call.metadata.get(name);
    return values.length === 0 ? null : values.map(headerText).join(", ");
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  get values(): ContextValues {
    const noted: Noted = this.#call.notes ?? this.#call.metadata;
    noted[VALUES] ??= createContextValues();
    return noted[VALUES];
  }

  /** Sends the response headers that the implementation set, if any. */
  sendHeaders(): void {
    if (this.#responseHeader !== undefined) this.#call.sendMetadata(metadataOf(this.#responseHeader));
  }

  /** The trailers that the implementation set, if any. */
  trailers(): Metadata | undefined {
    return this.#responseTrailer === undefined ? undefined : metadataOf(this.#responseTrailer);
  }
}

/** What Connect's own handlers say, too. */
function overdue(): ConnectError {
  return new ConnectError("the operation timed out", Code.DeadlineExceeded);
}

function headersOf(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const key of Object.keys(metadata.getMap())) {
    for (const value of metadata.get(key)) {
      headers.append(key, headerText(value));
    }
  }
  return headers;
}

/** The value of a header as Connect has it: bytes in base64. */
export function headerText(value: string | Buffer): string {
  return typeof value === "string" ? value : encodeBinaryHeader(value);
}

/** Headers as gRPC metadata; what ends in `-bin` holds base64. */
export function metadataOf(headers: Headers): Metadata {
  const metadata = new Metadata();
  headers.forEach((value, key) => {
    metadata.add(key, key.endsWith("-bin") ? Buffer.from(value, "base64") : value);
  });
  return metadata;
}
