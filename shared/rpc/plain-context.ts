import type { DescMethod } from "@bufbuild/protobuf";
import { type ContextValues, createContextValues } from "@connectrpc/connect";
import type { QuickContext } from "../access/quick-context.ts";
import type { IncomingCall } from "./whole-call.ts";

/** Connect's context of a plain call. Every part is made when it is first asked for: most calls ask for hardly any. */
export class PlainContext implements QuickContext {
  readonly requestMethod = "POST";
  readonly method: DescMethod;
  readonly protocolName: string;
  readonly #call: IncomingCall;
  #values: ContextValues | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;

  constructor(call: IncomingCall, method: DescMethod, protocolName: string) {
    this.#call = call;
    this.method = method;
    this.protocolName = protocolName;
  }

  get service(): QuickContext["service"] {
    return this.method.parent;
  }

  get url(): string {
    return this.#call.url;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get requestHeader(): Headers {
    return this.#call.requestHeader;
  }

  get sentHeader(): IncomingCall["header"] {
    return this.#call.header;
  }

  /** A plain call has no deadline. */
  readonly timeoutMs = (): undefined => undefined;

  get values(): ContextValues {
    this.#values ??= createContextValues();
    return this.#values;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  /** Whether the implementation has asked for headers or trailers of the answer, to set some. */
  get hasOwnHeaders(): boolean {
    return this.#responseHeader !== undefined || this.#responseTrailer !== undefined;
  }
}
