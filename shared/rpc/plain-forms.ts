import { trailerFlag } from "@connectrpc/connect/protocol-grpc-web";
import { framed, onlyFrame } from "./frames.ts";

/** How a plain call's one message stands in its body, and that of its answer. */
export interface PlainForm {
  readonly protocolName: "connect" | "grpc-web";
  readonly isBinary: boolean;
  /** What the answer's content-type says. */
  readonly answerType: string;
  /** Where the caller says which compressions it takes. */
  readonly acceptHeader: string;
  /** Where the answer says which one it has. */
  readonly encodingHeader: string;
  /** Whether that is said of an answer, too, that is too short to be compressed. */
  readonly saysEncoding: boolean;
  /** The message in a request's body; undefined if there is none, or anything else. */
  readonly messageIn: (body: Uint8Array) => Uint8Array | undefined;
  /** The answer's body. */
  readonly bodyOf: (message: Uint8Array) => Uint8Array;
}

const TRAILERS = framed(trailerFlag, Buffer.from("grpc-status: 0\r\n"));
const asIs = (bytes: Uint8Array): Uint8Array => bytes;

const CONNECT = {
  protocolName: "connect",
  acceptHeader: "accept-encoding",
  encodingHeader: "content-encoding",
  saysEncoding: false,
  messageIn: asIs,
  bodyOf: asIs,
} as const;

const PROTO: PlainForm = { ...CONNECT, isBinary: true, answerType: "application/proto" };
const JSON_TEXT: PlainForm = { ...CONNECT, isBinary: false, answerType: "application/json" };
const GRPC_WEB: PlainForm = {
  protocolName: "grpc-web",
  isBinary: true,
  answerType: "application/grpc-web+proto",
  acceptHeader: "grpc-accept-encoding",
  encodingHeader: "grpc-encoding",
  saysEncoding: true,
  messageIn: onlyFrame,
  bodyOf: (message) => Buffer.concat([framed(0, message), TRAILERS]),
};

/** By a request's content-type, letter for letter; others are none that clients send, or no plain ones. */
export const PLAIN_FORMS: ReadonlyMap<string, PlainForm> = new Map([
  ["application/proto", PROTO],
  ["application/json", JSON_TEXT],
  ["application/grpc-web", GRPC_WEB],
  ["application/grpc-web+proto", GRPC_WEB],
]);
