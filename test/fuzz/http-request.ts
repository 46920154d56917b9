import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { DescMethod } from "@bufbuild/protobuf";
import { messagesFor, pathOf, randomMethod, tokenHeaders } from "./calls.ts";
import { binaryOf, jsonOf } from "./messages.ts";
import { frameOf, mutated } from "./mutate.ts";
import { oddJson } from "./odd-json.ts";
import type { Random } from "./random.ts";
import { shownBytes } from "./target.ts";
import { oddText } from "./texts.ts";

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type Way = "connect" | "connect-stream" | "grpc-web" | "grpc-web-text";
type Form = "proto" | "json";

/** How likely a body is not what it should be. */
const MUTATED = 0.6;
const ODD_HEADERS = 0.25;
const ODD_TYPES = [
  "",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/grpc",
  "application/grpc+proto",
  "application/connect+xml",
  "application/json; charset=utf-16",
  "application/proto; x=1",
  "Application/JSON",
  "application/grpc-web+json",
  "application/grpc-web+thrift",
  ",",
];
const ODD_PATHS = [
  "/",
  "//",
  "/healthz",
  "/readyz",
  "/measured",
  "/measured?service=%00",
  "/favicon.ico",
  "/%",
  "/%zz",
  "/..%2f",
];
const ODD_METHODS = ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "PROPFIND"];
const TIMEOUTS = ["1", "0", "100", "-1", "1.5", "abc", "99999999999999999999", "", " 5", "0x10", "1S", "100m"];
const ENCODINGS = ["gzip", "br", "deflate", "identity", "zstd", "snappy", "gzip, br", "", "GZIP"];

/** A call over Connect or gRPC-web, or something like it. */
export function randomHttpRequest(random: Random, token: string): HttpRequest {
  const method = randomMethod(random);
  const way = wayFor(random, method);
  const form: Form = way.startsWith("grpc-web") || random.chance(0.4) ? "proto" : "json";
  const { body, encoding } = bodyFor(random, method, way, form);
  const headers: Record<string, string> = {
    "content-type": typeOf(way, form),
    ...(random.chance(0.7) && way.startsWith("connect") && { "connect-protocol-version": "1" }),
    ...(encoding !== undefined && { [encodingHeaderOf(way)]: encoding }),
    ...tokenHeaders(random, token),
  };
  if (random.chance(ODD_HEADERS)) Object.assign(headers, oddHeaders(random, way));
  const path = random.chance(0.97) ? pathOf(method) : oddPath(random, method);
  const verb = random.chance(0.97) ? "POST" : random.pick(ODD_METHODS);
  return { method: verb, path, headers, body: verb === "GET" || verb === "HEAD" ? Buffer.alloc(0) : body };
}

export function describeRequest({ method, path, headers, body }: HttpRequest): string {
  return `${method} ${path} ${JSON.stringify(headers)} ${shownBytes(body)}`;
}

/** Mostly the one that fits. */
function wayFor(random: Random, { methodKind }: DescMethod): Way {
  if (random.chance(0.05)) return random.pick(["connect", "connect-stream"]);
  return random.pick([methodKind === "unary" ? "connect" : "connect-stream", "grpc-web", "grpc-web-text"]);
}

function typeOf(way: Way, form: Form): string {
  if (way === "connect") return `application/${form}`;
  if (way === "connect-stream") return `application/connect+${form}`;
  return way === "grpc-web" ? "application/grpc-web+proto" : "application/grpc-web-text+proto";
}

function encodingHeaderOf(way: Way): string {
  if (way === "connect") return "content-encoding";
  return way === "connect-stream" ? "connect-content-encoding" : "grpc-encoding";
}

function bodyFor(random: Random, method: DescMethod, way: Way, form: Form): { body: Buffer; encoding?: string } {
  const isMutated = random.chance(MUTATED);
  const messages = messagesFor(random, method).map((message): Buffer => {
    if (form === "proto") {
      const bytes = binaryOf(method.input, message);
      return isMutated ? mutated(random, bytes) : bytes;
    }
    const json = jsonOf(method.input, message) ?? {};
    if (!isMutated) return Buffer.from(JSON.stringify(json));
    const odd = Buffer.from(oddJson(random, json, 0.1));
    return random.chance(0.8) ? odd : mutated(random, odd);
  });
  const encoding = random.chance(0.15) ? random.pick(ENCODINGS) : undefined;
  const packed = messages.map((message) => packedAs(random, encoding, message));
  if (way === "connect") return encoded(packed[0] ?? Buffer.alloc(0), encoding);
  const lies = isMutated ? 0.3 : 0;
  const flag = encoding === undefined ? 0 : 1;
  const frames = packed.map((message) => frameOf(random, message, lies, flag));
  const body = isMutated && random.chance(0.1) ? random.bytes(random.whole(0, 60)) : Buffer.concat(frames);
  if (way !== "grpc-web-text") return encoded(body, encoding);
  const text = Buffer.from(body.toString("base64"));
  return encoded(isMutated && random.chance(0.3) ? mutated(random, text) : text, encoding);
}

function encoded(body: Buffer, encoding: string | undefined): { body: Buffer; encoding?: string } {
  return encoding === undefined ? { body } : { body, encoding };
}

/** As the header says, or not. */
function packedAs(random: Random, encoding: string | undefined, message: Buffer): Buffer {
  if (encoding === undefined || random.chance(0.2)) return message;
  const packed = pack(encoding, message);
  return random.chance(0.2) ? mutated(random, packed) : packed;
}

function pack(encoding: string, message: Buffer): Buffer {
  if (encoding === "gzip") return gzipSync(message, { level: 1 });
  if (encoding === "br") return brotliCompressSync(message, { params: { 1: 1 } });
  return encoding === "deflate" ? deflateSync(message, { level: 1 }) : message;
}

/** Such as Node's client sends; what it does not is the raw sockets' part. */
function oddHeaders(random: Random, way: Way): Record<string, string> {
  switch (random.whole(0, 8)) {
    case 0:
      return { "content-type": random.pick(ODD_TYPES) };
    case 1:
      return { [way.startsWith("connect") ? "connect-timeout-ms" : "grpc-timeout"]: random.pick(TIMEOUTS) };
    case 2:
      return { [encodingHeaderOf(way)]: random.pick(ENCODINGS) };
    case 3:
      return { "connect-protocol-version": random.pick(["", "2", "abc", "1, 1"]) };
    case 4:
      return { "accept-encoding": random.pick(ENCODINGS), "connect-accept-encoding": random.pick(ENCODINGS) };
    case 5:
      return { "x-any-bin": random.pick(["", "====", "%%%", random.bytes(9).toString("base64")]) };
    case 6:
      return { [`x-${random.pick(["a", "__proto__", "0"])}`]: printable(oddText(random)) };
    case 7:
      return { origin: "null", "access-control-request-method": "POST" };
    default:
      return { "grpc-accept-encoding": random.pick(ENCODINGS), "x-grpc-web": "1", "x-user-agent": "fuzz" };
  }
}

function oddPath(random: Random, method: DescMethod): string {
  const path = pathOf(method);
  switch (random.whole(0, 4)) {
    case 0:
      return `${path}/`;
    case 1:
      return path.toUpperCase();
    case 2:
      return `${path}?connect=v1&encoding=${random.pick(["json", "proto", "xml"])}&message=${encodeURIComponent(random.pick(["{}", "AAAA", "%", "!"]))}&base64=1`;
    case 3:
      return `/${encodeURIComponent(oddText(random).toWellFormed())}`;
    default:
      return random.pick(ODD_PATHS);
  }
}

/** What may stand in a header. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\x80-\xff]/g, "?").trim();
}
