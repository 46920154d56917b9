import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { fromBinary, fromJson } from "@bufbuild/protobuf";
import { type Commands, CommandsSchema } from "../../shared/gen/common/Common_pb.js";
import type { Answer } from "./target.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** gRPC's numbers, by Connect's names. */
export const CODES = [
  "ok",
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];
/** Whoever hears one of these hears that the fault is ours. */
export const FAULTY_CODES: readonly string[] = ["unknown", "internal", "data_loss"];
/** Connect's statuses from 500 on that blame nobody (Connect protocol, "Error Codes"). */
const STATUS_OF: Readonly<Record<number, string>> = {
  501: "unimplemented",
  503: "unavailable",
  504: "deadline_exceeded",
};

export const REPORT_PATH = "/skywalking.v3.ContinuousProfilingService/reportProfilingTask";

const COMPRESSED = 0x01;
const CONNECT_END = 0x02;
const WEB_TRAILERS = 0x80;

/** What an answer over Connect, gRPC-web or plain HTTP says, and whether it may. */
export function judgeHttp(answer: HttpAnswer, path: string): Answer {
  try {
    const { code } = saidIn(answer);
    if (code !== undefined && FAULTY_CODES.includes(code)) return { kind: code, fault: textOf(answer) };
    if (answer.status >= 500 && STATUS_OF[answer.status] !== code)
      return { kind: `HTTP ${answer.status}`, fault: textOf(answer) };
    return {
      kind: code ?? `HTTP ${answer.status}`,
      taskId: code === "ok" && path === REPORT_PATH ? taskIdOf(answer) : undefined,
    };
  } catch (error) {
    return { kind: "unreadable", fault: `cannot be read (${String(error)}): ${textOf(answer)}` };
  }
}

function textOf({ status, headers, body }: HttpAnswer): string {
  return `answered ${status} ${JSON.stringify(headers)} ${body.subarray(0, 400).toString()}`;
}

interface Said {
  /** Undefined in an answer that is no RPC's. */
  readonly code?: string | undefined;
  readonly message?: string;
}

function saidIn({ status, headers, body }: HttpAnswer): Said {
  const type = headers["content-type"] ?? "";
  if (type.startsWith("application/grpc-web")) {
    if (headers["grpc-status"] !== undefined) return saidInTrailers((name) => headers[name]);
    if (status !== 200) return {};
    const trailers = framesOf(webBytes(type, body)).find(({ flag }) => (flag & WEB_TRAILERS) !== 0);
    if (trailers === undefined) throw new Error("no trailers");
    const lines = unpacked(headers["grpc-encoding"], trailers).toString("latin1").split("\r\n");
    return saidInTrailers((name) => lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1));
  }
  if (type.startsWith("application/connect+")) {
    if (status !== 200) return {};
    const end = framesOf(body).find(({ flag }) => (flag & CONNECT_END) !== 0);
    if (end === undefined) throw new Error("no end of stream");
    const { error } = JSON.parse(unpacked(headers["connect-content-encoding"], end).toString());
    return error === undefined ? { code: "ok" } : { code: String(error.code), message: String(error.message) };
  }
  const isAnswer = type.startsWith("application/proto") || type.startsWith("application/json");
  if (status === 200) return isAnswer ? { code: "ok" } : {};
  if (type !== "application/json") return {};
  const { code, message } = JSON.parse(unpack(headers["content-encoding"], body).toString());
  return typeof code === "string" && CODES.includes(code) ? { code, message: String(message) } : {};
}

function saidInTrailers(trailer: (name: string) => string | undefined): Said {
  const number = trailer("grpc-status")?.trim() ?? "";
  if (!/^\d+$/.test(number)) throw new Error("no status");
  return { code: CODES[Number(number)], message: decodeURIComponent(trailer("grpc-message")?.trim() ?? "") };
}

interface Frame {
  readonly flag: number;
  readonly bytes: Buffer;
}

function framesOf(body: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    if (end > body.length) throw new Error("a frame ends past the body");
    frames.push({ flag: body.readUInt8(at), bytes: body.subarray(at + 5, end) });
    at = end;
  }
  return frames;
}

/** Text may be encoded piece by piece, with padding in the middle. */
function webBytes(type: string, body: Buffer): Buffer {
  if (!type.includes("-text")) return body;
  const pieces = body.toString("latin1").match(/[^=]+={0,2}/g) ?? [];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64")));
}

function unpacked(encoding: string | undefined, { flag, bytes }: Frame): Buffer {
  return (flag & COMPRESSED) === 0 ? bytes : unpack(encoding, bytes);
}

function unpack(encoding: string | undefined, bytes: Buffer): Buffer {
  if (encoding === "gzip") return gunzipSync(bytes);
  return encoding === "br" ? brotliDecompressSync(bytes) : bytes;
}

/** The id in the answer to a report, if it is one. */
function taskIdOf({ headers, body }: HttpAnswer): string | undefined {
  const type = headers["content-type"] ?? "";
  const content = unpack(headers["content-encoding"], body);
  if (type.startsWith("application/json")) {
    const json = JSON.parse(content.toString());
    return Array.isArray(json.commands) ? taskIdIn(fromJson(CommandsSchema, json)) : undefined;
  }
  if (type.startsWith("application/proto")) return taskIdIn(fromBinary(CommandsSchema, content));
  if (!type.startsWith("application/grpc-web")) return undefined;
  const message = framesOf(webBytes(type, body)).find(({ flag }) => flag <= COMPRESSED);
  if (message === undefined) return undefined;
  const encoding = headers["grpc-encoding"];
  return taskIdIn(fromBinary(CommandsSchema, unpacked(encoding, message)));
}

export function taskIdIn({ commands }: Commands): string | undefined {
  const command = commands.find(({ command }) => command === "ContinuousProfilingReportTask");
  return command?.args.find(({ key }) => key === "TaskId")?.value;
}
