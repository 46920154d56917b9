import { request as httpRequest } from "node:http";
import { connect } from "node:http2";
import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import type { Code } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { framed } from "../support/raw-calls.ts";
import type { Doors, Host } from "./hostile-case.ts";

/** A call as it is put together for each host. */
export interface HostileCall {
  method?: DescMethod;
  /** In place of the method's. */
  path?: string;
  /** In place of POST. */
  verb?: string;
  /** In place of the protocol's. */
  contentType?: string;
  header?: Record<string, string>;
  /** The message in protobuf, and in JSON where a host takes that. */
  bytes?: Buffer;
  json?: string;
  /** What the bytes are compressed with, whether they are or not. */
  encoding?: string;
  /** The whole body, frames and all, in place of the message; `text` has it in base64. */
  body?: Buffer;
  /** The body of gRPC-web in text form as it is, base64 or not. */
  text?: string;
  /** Sent without a Content-Length. */
  isChunked?: boolean;
  /** Never said to be all. */
  isOpen?: boolean;
}

/** How long a case waits for an answer; whoever takes longer has none to give. */
const PATIENCE_MS = 20_000;
const { queryPolicies } = ContinuousProfilingService.method;

/** A message as each host takes it. */
export function saying<Desc extends DescMessage>(
  schema: Desc,
  init: MessageInitShape<Desc>,
): Required<Pick<HostileCall, "bytes" | "json">> {
  const message = create(schema, init);
  return { bytes: Buffer.from(toBinary(schema, message)), json: toJsonString(schema, message) };
}

/** A poll that everybody is answered. */
export const GOOD_POLL = saying(queryPolicies.input, { policies: [{ serviceName: "checkout" }] });

export async function sendCall(host: Host, doors: Doors, call: HostileCall): Promise<string> {
  const answer = host === "native gRPC" ? overGrpc(doors.grpcPort, call) : overHttp(host, doors, call);
  let impatience: NodeJS.Timeout | undefined;
  const none = new Promise<string>((resolve) => {
    impatience = setTimeout(resolve, PATIENCE_MS, "no answer");
  });
  return Promise.race([answer, none]).finally(() => clearTimeout(impatience));
}

function pathOf({ method = queryPolicies, path }: HostileCall): string {
  return path ?? `/${method.parent.typeName}/${method.name}`;
}

const nameOf = (code: number): string => (code === 0 ? "ok" : codeToString(code as Code));

function overGrpc(port: number, call: HostileCall): Promise<string> {
  const { header, encoding, isOpen = false, verb = "POST", contentType = "application/grpc" } = call;
  return new Promise((resolve) => {
    const session = connect(`http://127.0.0.1:${port}`, { maxSendHeaderBlockLength: 1_000_000 });
    session.on("error", () => resolve("closed"));
    session.on("close", () => resolve("closed"));
    // Once the server has said what it takes.
    session.once("remoteSettings", () => {
      const stream = session.request({
        ":method": verb,
        ":path": pathOf(call),
        "content-type": contentType,
        te: "trailers",
        ...(encoding && { "grpc-encoding": encoding }),
        ...header,
      });
      const hear = (headers: Record<string, unknown>): void => {
        if (headers["grpc-status"] !== undefined) resolve(nameOf(Number(headers["grpc-status"])));
        else if (headers[":status"] !== undefined && headers[":status"] !== 200) resolve(`HTTP ${headers[":status"]}`);
      };
      stream.on("response", hear).on("trailers", hear).resume();
      stream.on("error", () => {});
      stream.on("close", () => setImmediate(resolve, stream.rstCode === 0 ? "closed" : "reset"));
      const body = call.body ?? framed({ bytes: call.bytes ?? GOOD_POLL.bytes, gzip: encoding !== undefined });
      if (isOpen) stream.write(body);
      else stream.end(body);
    });
    const destroy = (): void => session.destroy();
    setTimeout(destroy, PATIENCE_MS).unref();
    session.once("goaway", () => setImmediate(resolve, "closed"));
  });
}

/** How a host of HTTP is called. */
function formOf(host: Host, { method = queryPolicies }: HostileCall) {
  const isStream = method.methodKind !== "unary";
  switch (host) {
    case "Connect JSON":
      return { type: `application/${isStream ? "connect+" : ""}json`, isJson: true, isFramed: isStream, isText: false };
    case "gRPC-web":
    case "Lambda, gRPC-web":
      return { type: "application/grpc-web+proto", isJson: false, isFramed: true, isText: false };
    case "gRPC-web text":
      return { type: "application/grpc-web-text", isJson: false, isFramed: true, isText: true };
    default:
      return {
        type: `application/${isStream ? "connect+" : ""}proto`,
        isJson: false,
        isFramed: isStream,
        isText: false,
      };
  }
}

function overHttp(host: Host, doors: Doors, call: HostileCall): Promise<string> {
  const { type, isJson, isFramed, isText } = formOf(host, call);
  const { verb = "POST", header, encoding, contentType = type } = call;
  const bytes = isJson && call.json !== undefined ? Buffer.from(call.json) : (call.bytes ?? GOOD_POLL.bytes);
  const message = isJson && call.json === undefined && call.bytes === undefined ? Buffer.from(GOOD_POLL.json) : bytes;
  const whole = call.body ?? (isFramed ? framed({ bytes: message, gzip: encoding !== undefined }) : message);
  const asText = call.text ?? whole.toString("base64");
  const body = isText ? Buffer.from(asText) : whole;
  const isGrpcWeb = type.includes("grpc-web");
  const encodingName = isGrpcWeb ? "grpc-encoding" : isFramed ? "connect-content-encoding" : "content-encoding";
  const headers: Record<string, string> = {
    "content-type": contentType,
    ...(encoding && { [encodingName]: encoding }),
    ...header,
  };
  if (host.startsWith("Lambda")) return throughLambda(doors, call, headers, verb === "GET" ? undefined : body);
  if (!call.isChunked && !call.isOpen && verb !== "GET") headers["content-length"] ??= String(body.length);
  return new Promise((resolve) => {
    const options = {
      port: doors.httpPort,
      host: "127.0.0.1",
      path: pathOf(call),
      method: verb,
      headers,
      agent: false,
    };
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", () => resolve("closed"));
      response.on("end", () => {
        request.destroy();
        const status = response.headers["grpc-status"];
        resolve(answerOf(response.statusCode ?? 0, Buffer.concat(chunks), status as string | undefined));
      });
    });
    request.on("error", () => resolve("closed"));
    request.on("close", () => setImmediate(resolve, "closed"));
    if (verb === "GET") request.end();
    else if (call.isOpen) request.write(body);
    else request.end(body);
  });
}

async function throughLambda(
  { lambda }: Doors,
  call: HostileCall,
  headers: Record<string, string>,
  body: Buffer | undefined,
): Promise<string> {
  const init = { method: call.verb ?? "POST", headers, ...(body && { body: new Uint8Array(body) }) };
  const response = await lambda(`https://function-url.test${pathOf(call)}`, init).catch(() => undefined);
  if (response === undefined) return "failed";
  const status = response.headers.get("grpc-status") ?? undefined;
  return answerOf(response.status, Buffer.from(await response.arrayBuffer()), status);
}

/** The code that an answer holds, in whichever way it says it. */
export function answerOf(httpStatus: number, body: Buffer, grpcStatus?: string): string {
  const text = body.toString("latin1");
  const decoded = `${text}\n${Buffer.from(text, "base64").toString("latin1")}`;
  const status = grpcStatus ?? /grpc-status: (\d+)/.exec(decoded)?.[1];
  if (status !== undefined) return nameOf(Number(status));
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  if (code !== undefined) return code;
  return httpStatus === 200 ? "ok" : `HTTP ${httpStatus}`;
}
