import type { Transport } from "@connectrpc/connect";
import {
  type CommonTransportOptions,
  encodeEnvelope,
  transformSplitEnvelope,
  type UniversalClientFn,
  validateReadWriteMaxBytes,
} from "@connectrpc/connect/protocol";
import { createTransport, headerGrpcMessage, trailerFlag } from "@connectrpc/connect/protocol-grpc-web";
import { decodableMessage } from "./grpc-message.ts";

/** The field in the block of trailers, whose names may be in capitals (gRPC-Web, "Protocol differences vs gRPC over HTTP2"). */
const MESSAGE_LINE = /^(grpc-message[ \t]*:)(.*)$/gim;

type Options = Pick<
  CommonTransportOptions,
  "baseUrl" | "httpClient" | "useBinaryFormat" | "acceptCompression" | "readMaxBytes"
>;

/** Connect's transport for gRPC-web, which in addition understands a status whose message is escaped wrongly. */
export function createGrpcWebTransport(options: Options): Transport {
  const { httpClient, readMaxBytes } = options;
  return createTransport({
    ...options,
    ...{ interceptors: [], sendCompression: null, ...validateReadWriteMaxBytes(readMaxBytes, undefined, undefined) },
    httpClient: withDecodableStatus(httpClient, readMaxBytes),
  });
}

function withDecodableStatus(call: UniversalClientFn, readMaxBytes: number): UniversalClientFn {
  return async (request) => {
    const response = await call(request);
    const { header, body } = response;
    const message = header.get(headerGrpcMessage);
    if (message !== null) header.set(headerGrpcMessage, decodableMessage(message));
    return { ...response, body: withDecodableTrailers(body, readMaxBytes) };
  };
}

async function* withDecodableTrailers(body: AsyncIterable<Uint8Array>, readMaxBytes: number) {
  for await (const { flags, data } of transformSplitEnvelope(readMaxBytes)(body)) {
    yield encodeEnvelope(flags, flags === trailerFlag ? decodable(data) : data);
  }
}

function decodable(trailers: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(trailers);
  const mended = text.replace(
    MESSAGE_LINE,
    (_, name: string, message: string) => `${name}${decodableMessage(message)}`,
  );
  return new TextEncoder().encode(mended);
}
