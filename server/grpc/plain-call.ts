import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { Metadata } from "@grpc/grpc-js";
import { framed } from "../../shared/rpc/frames.ts";
import { type ContextCall, headerText } from "./call-context.ts";
import type { Reply } from "./connect-adapter.ts";
import { type GrpcStatus, grpcStatusOf } from "./grpc-status.ts";
import { letGo } from "./let-go.ts";

/** Not the encodings that grpc-js says with every answer: without, they are the same (gRPC over HTTP/2, Message-Encoding). */
const HEADERS: OutgoingHttpHeaders = { ":status": 200, "content-type": "application/grpc+proto" };
const WITH_TRAILERS = { waitForTrailers: true };
const EMPTY = Buffer.alloc(0);
const OK: OutgoingHttpHeaders = { "grpc-status": 0 };

/** A unary call on its HTTP/2 stream, answered as by grpc-js, without what only other calls need. */
export class PlainCall implements ContextCall {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly notes = {};
  #metadata: Metadata | undefined;
  #answerHeaders = HEADERS;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    this.#headers = headers;
  }

  get metadata(): Metadata {
    this.#metadata ??= Metadata.fromHttp2Headers(this.#headers);
    return this.#metadata;
  }

  readonly header = (name: string): string | undefined => {
    const value = this.#headers[name];
    // Several values, and bytes in base64, are taken apart where every header is.
    if (typeof value !== "object" && !name.endsWith("-bin")) return value;
    return this.metadata.get(name).map(headerText).join(", ");
  };

  get cancelled(): boolean {
    const { destroyed, closed, aborted } = this.#stream;
    return destroyed || closed || aborted;
  }

  once(_event: "cancelled", tell: () => void): void {
    this.#stream.once("close", tell);
  }

  getHost(): string {
    return this.#headers[":authority"] ?? this.#headers.host ?? "";
  }

  /** A plain call has none. */
  getDeadline(): number {
    return Number.POSITIVE_INFINITY;
  }

  sendMetadata(header: Metadata): void {
    this.#answerHeaders = { ...HEADERS, ...header.toHttp2Headers() };
  }

  /** Answers a call that its client has ended. */
  readonly answer: Reply = (refusal, message = EMPTY, trailers) => {
    if (this.cancelled) return;
    if (refusal !== null) {
      this.#stream.respond({ ...HEADERS, ...trailersOf(refusal) }, { endStream: true });
      return;
    }
    const sent = trailers === undefined ? OK : { ...OK, ...trailers.toHttp2Headers() };
    this.#stream.respond(this.#answerHeaders, WITH_TRAILERS);
    this.#stream.on("wantTrailers", () => this.#stream.sendTrailers(sent));
    this.#stream.end(framed(0, message));
  };

  /** Refuses a call whose client may have more to send, asks it to stop (RFC 9113, section 8.1) and forgets what came. */
  refuse(error: unknown): void {
    if (this.cancelled) return;
    const stream = this.#stream;
    stream.respond(HEADERS, WITH_TRAILERS);
    // With trailers always, and closed after them, for which Node takes a turn: as the guard of all other calls does.
    stream.once("wantTrailers", () => {
      stream.sendTrailers(trailersOf(grpcStatusOf(error)));
      setImmediate(letGo, stream);
    });
    stream.end();
  }
}

function trailersOf({ code, details, metadata }: GrpcStatus): OutgoingHttpHeaders {
  return { "grpc-status": code, "grpc-message": encodeURI(details), ...metadata.toHttp2Headers() };
}
