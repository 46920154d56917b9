import type { ServerHttp2Stream } from "node:http2";
import type { Metadata, ServerInterceptingCallInterface } from "@grpc/grpc-js";

/** What grpc-js's own calls hold, for which it has no public name. */
export interface BaseCall {
  readonly stream: ServerHttp2Stream;
  /** What the caller sent, but for what grpc-js reads itself. */
  readonly metadata: Metadata;
}

/** @param call as the first interceptor gets it. */
export function baseCallOf(call: ServerInterceptingCallInterface): BaseCall {
  return call as unknown as BaseCall;
}
