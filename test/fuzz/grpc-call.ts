import { deflateSync, gzipSync } from "node:zlib";
import { messagesFor, pathOf, randomMethod, tokenHeaders } from "./calls.ts";
import { binaryOf } from "./messages.ts";
import { frameOf, inPieces, mutated } from "./mutate.ts";
import type { Random } from "./random.ts";
import { oddText } from "./texts.ts";

export interface GrpcCall {
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** As they are written, one by one. */
  readonly pieces: readonly Buffer[];
  /** How it goes on after the last piece: nothing more comes, the stream is reset, or nothing happens any more. */
  readonly end: "end" | "reset" | "open";
}

const MUTATED = 0.6;
const ODD_HEADERS = 0.25;
const ENCODINGS = ["gzip", "deflate", "identity", "snappy", "br", "", "GZIP"];
const TIMEOUTS = ["1S", "1m", "100m", "1n", "0S", "99999999H", "100000000H", "abc", "-1S", "", "1", "S", "5u"];
/** Answers for as long as somebody listens. */
const WATCH = "/grpc.health.v1.Health/Watch";
const PATHS = [
  "/",
  "",
  "*",
  "/skywalking.v3.ContinuousProfilingService",
  "/skywalking.v3.ContinuousProfilingService/",
  "/skywalking.v3.ContinuousProfilingService/nothing",
  "/SkyWalking.v3.ContinuousProfilingService/queryPolicies",
  "/grpc.health.v1.Health/Check",
  WATCH,
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
  "/__proto__/toString",
  "/%00",
];
/** A question to each service that is not an agent's: a name, a symbol, a file, the list of services. */
const QUESTIONS = ["", "0a0161", "22017b", "1a0161", "3a00", "2a040a016110ff01"].map((hex) => Buffer.from(hex, "hex"));

/** A call over native gRPC, or something like it. */
export function randomGrpcCall(random: Random, token: string): GrpcCall {
  const isOther = random.chance(0.04);
  const method = randomMethod(random);
  const isMutated = random.chance(MUTATED);
  const messages = isOther
    ? [random.pick(QUESTIONS)]
    : messagesFor(random, method).map((message) => binaryOf(method.input, message));
  const path = isOther ? random.pick(PATHS) : pathOf(method);
  const encoding = random.chance(0.12) ? random.pick(ENCODINGS) : undefined;
  const frames = messages.map((message) => {
    const bytes = isMutated && random.chance(0.8) ? mutated(random, message) : message;
    return frameOf(random, packed(random, encoding, bytes), isMutated ? 0.25 : 0, encoding === undefined ? 0 : 1);
  });
  if (isMutated && random.chance(0.05)) frames.push(random.bytes(random.whole(1, 60)));
  if (random.chance(0.02) && frames[0] !== undefined) frames.push(frames[0]); // one too many for a unary call
  return {
    headers: {
      ":method": random.chance(0.99) ? "POST" : random.pick(["GET", "PUT", "OPTIONS", "CONNECT", "X"]),
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...(encoding !== undefined && { "grpc-encoding": encoding }),
      ...tokenHeaders(random, token),
      ...(random.chance(ODD_HEADERS) && oddHeaders(random)),
    },
    pieces: inPieces(random, Buffer.concat(frames), 3),
    end: random.chance(0.93) && path !== WATCH ? "end" : random.pick(["reset", "open"] as const),
  };
}

function packed(random: Random, encoding: string | undefined, message: Buffer): Buffer {
  if (encoding === undefined || random.chance(0.2)) return message;
  if (encoding === "gzip") return gzipSync(message, { level: 1 });
  return encoding === "deflate" ? deflateSync(message, { level: 1 }) : message;
}

function oddHeaders(random: Random): Record<string, string | string[]> {
  switch (random.whole(0, 7)) {
    case 0:
      return {
        "content-type": random.pick([
          "",
          "text/html",
          "application/grpc+json",
          "application/grpc-web",
          "application/grpcx",
        ]),
      };
    case 1:
    case 2:
      return { "grpc-timeout": random.pick(TIMEOUTS) };
    case 3:
      return { te: random.pick(["trailers", "", "gzip"].filter((value) => value === "trailers")) };
    case 4:
      return { "x-any-bin": random.pick(["", "====", "%%%", "AAA,BBB", random.bytes(30).toString("base64")]) };
    case 5:
      return { "grpc-accept-encoding": random.pick(["gzip,deflate", "x", ""]), "accept-encoding": "gzip" };
    case 6:
      return { "x-many": Array.from({ length: random.whole(2, 30) }, (_, index) => `v${index}`) };
    default:
      return { [`x-${random.pick(["a", "__proto__", "grpc-status"])}`]: oddText(random).replace(/[^\x20-\x7e]/g, "?") };
  }
}
