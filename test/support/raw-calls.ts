import { request as httpRequest } from "node:http";
import { connect, constants } from "node:http2";
import type { DescMethod } from "@bufbuild/protobuf";
import type { Code } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";

/** The body of a call as it goes over the wire. `isOpen`: the caller never says that it has sent all. */
export interface RawBody {
  bytes: Buffer;
  gzip?: boolean;
  isOpen?: boolean;
}
/** One call with these bytes; the code that it was answered with, `ok` if with none. */
export type RawCall = (method: DescMethod, header: Record<string, string>, body: RawBody) => Promise<string>;

/** A message in the frame of gRPC and of Connect's streams; `missing` bytes are announced that do not come. */
export function framed({ bytes, gzip = false }: RawBody, missing = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(gzip ? 1 : 0, 0);
  head.writeUInt32BE(bytes.length + missing, 1);
  return Buffer.concat([head, bytes]);
}

const pathOf = (method: DescMethod) => `/${method.parent.typeName}/${method.name}`;
const nameOf = (code: number) => (code === 0 ? "ok" : codeToString(code as Code));

/** A call over HTTP/2; `closed` tells that its stream is, on both sides. */
export function startGrpcCall(
  url: string,
  method: DescMethod | string,
  header: Record<string, string>,
  frame: Buffer,
  isOpen: boolean,
) {
  const session = connect(url, { rejectUnauthorized: false });
  session.on("error", () => {}); // a server that goes ends it
  const path = typeof method === "string" ? method : pathOf(method);
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...header,
  });
  stream.on("error", () => {});
  const code = new Promise<string>((resolve) => {
    const hear = (headers: Record<string, unknown>): void => {
      if (headers["grpc-status"] !== undefined) resolve(nameOf(Number(headers["grpc-status"])));
    };
    stream.on("response", hear).on("trailers", hear);
  });
  const closed = new Promise<void>((resolve) => stream.once("close", resolve));
  stream.resume();
  if (isOpen) stream.write(frame);
  else stream.end(frame);
  /** Resolves once the server has heard of it. */
  const cancel = async (): Promise<void> => {
    stream.close(constants.NGHTTP2_CANCEL);
    await closed;
    // The answer to the second comes no sooner than the server's next turn after it got what went before the first.
    for (const _ of [1, 2]) await new Promise((resolve) => session.ping(resolve));
  };
  return { code, closed, cancel, end: () => session.destroy() };
}

const grpc =
  (url: string): RawCall =>
  async (method, header, body) => {
    const encoding = body.gzip === true ? { "grpc-encoding": "gzip" } : undefined;
    const isOpen = body.isOpen ?? false;
    const frame = framed(body, isOpen ? 1_000 : 0);
    const call = startGrpcCall(url, method, { ...header, ...encoding }, frame, isOpen);
    const code = await call.code;
    await call.closed;
    call.end();
    return code;
  };

/** A call over HTTP/1.1, in the way that its content type says. */
function overHttp(url: string, typeOf: (isStream: boolean) => string, codings: { unary: string; stream: string }) {
  const call: RawCall = (method, header, body) =>
    new Promise((resolve, reject) => {
      const isStream = method.methodKind !== "unary";
      const type = typeOf(isStream);
      const hasFrames = isStream || type.startsWith("application/grpc-web");
      const { isOpen = false, gzip = false } = body;
      const frame = hasFrames ? framed(body, isOpen ? 1_000 : 0) : body.bytes;
      const encoding = gzip ? { [isStream ? codings.stream : codings.unary]: "gzip" } : undefined;
      const headers = { "content-type": type, ...header, ...encoding };
      const request = httpRequest(`${url}${pathOf(method)}`, { method: "POST", headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => {
          request.destroy();
          resolve(codeIn(Buffer.concat(chunks), type));
        });
      });
      request.on("error", reject);
      const sent = type.includes("-text") ? Buffer.from(frame.toString("base64")) : frame;
      if (isOpen) request.write(sent);
      else request.end(sent);
    });
  return call;
}

function codeIn(answer: Buffer, type: string): string {
  const text = type.includes("-text") ? Buffer.from(answer.toString(), "base64").toString() : answer.toString();
  const [, status] = /grpc-status: (\d+)/.exec(text) ?? [];
  const [, code] = /"code":"(\w+)"/.exec(text) ?? [];
  return status === undefined ? (code ?? "ok") : nameOf(Number(status));
}

const connectWay = (url: string, form: "proto" | "json") =>
  overHttp(url, (isStream) => `application/${isStream ? "connect+" : ""}${form}`, {
    unary: "content-encoding",
    stream: "connect-content-encoding",
  });
const webWay = (url: string, type: string) =>
  overHttp(url, () => type, { unary: "grpc-encoding", stream: "grpc-encoding" });

/** Every road for raw calls, by name; those through Lambda take whole requests only. */
export const RAW_ROADS: Record<string, (at: Record<"grpcUrl" | "httpUrl" | "lambdaUrl", string>) => RawCall> = {
  "native gRPC": ({ grpcUrl }) => grpc(grpcUrl),
  "Connect on the HTTP port": ({ httpUrl }) => connectWay(httpUrl, "proto"),
  "Connect with JSON on the HTTP port": ({ httpUrl }) => connectWay(httpUrl, "json"),
  "gRPC-web on the HTTP port": ({ httpUrl }) => webWay(httpUrl, "application/grpc-web+proto"),
  "gRPC-web as text on the HTTP port": ({ httpUrl }) => webWay(httpUrl, "application/grpc-web-text+proto"),
  "Connect through the Lambda handler": ({ lambdaUrl }) => connectWay(lambdaUrl, "proto"),
  "gRPC-web through the Lambda handler": ({ lambdaUrl }) => webWay(lambdaUrl, "application/grpc-web+proto"),
};
