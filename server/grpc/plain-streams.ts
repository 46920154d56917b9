import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Server } from "@grpc/grpc-js";
import { onlyFrame } from "../../shared/rpc/frames.ts";
import { pathOf, type RoutedMethod } from "../../shared/rpc/routed-methods.ts";
import { CallContext } from "./call-context.ts";
import { unaryAnswers } from "./connect-adapter.ts";
import { notDoneWithin, takeBack } from "./let-go.ts";
import { PlainCall } from "./plain-call.ts";
import type { RequestLimits } from "./request-guard.ts";

/** What grpc-js does with a call, for which it has no public name. */
interface StreamServer {
  _streamHandler(interceptors: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void;
  /** Keeps count of what a connection has open, so that it is not idle. */
  onStreamOpened(stream: ServerHttp2Stream): void;
}

type ServeStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, handOn: () => void) => void;

/** By a call's content-type, letter for letter; others are none that clients send. */
const PLAIN_TYPES: ReadonlySet<string | undefined> = new Set(["application/grpc", "application/grpc+proto"]);

/**
 * Answers plain calls before grpc-js sees them: unary ones, neither compressed nor with a deadline, whose message comes in
 * one piece, as nearly all of an agent's do. grpc-js takes as long for each as raw HTTP/2 and the poll together, since it
 * has streams, deadlines and interceptors to keep. All other calls are its own, as they came. For a server that does not
 * listen yet.
 */
export function answerPlainStreams(
  server: Server,
  methods: readonly RoutedMethod[],
  { unaryMs }: Pick<RequestLimits, "unaryMs">,
): void {
  const serving = new Map<string | undefined, ServeStream>();
  for (const method of methods) {
    const serve = serveUnary(method, unaryMs);
    if (serve !== undefined) serving.set(pathOf(method.spec.method), serve);
  }
  const grpcJs = server as unknown as StreamServer;
  const otherwise = grpcJs._streamHandler.bind(server);
  grpcJs._streamHandler = (interceptors, stream, headers) => {
    const handOn = (): void => otherwise(interceptors, stream, headers);
    const isPlain = PLAIN_TYPES.has(headers["content-type"]) && headers["grpc-timeout"] === undefined;
    const serve = isPlain ? serving.get(headers[":path"]) : undefined;
    if (serve === undefined) {
      handOn();
    } else {
      grpcJs.onStreamOpened(stream);
      serve(stream, headers, handOn);
    }
  };
}

/** @returns undefined for a method that streams. */
function serveUnary({ spec, gate }: RoutedMethod, limitMs: number): ServeStream | undefined {
  if (spec.kind !== "unary") return undefined;
  const answer = unaryAnswers(spec);
  return (stream, headers, handOn) => {
    const call = new PlainCall(stream, headers);
    const context = new CallContext(call, spec.method);
    const limit = boundCall(stream, call, limitMs);
    const read = (): void => {
      readMessage(stream, {
        whole(message) {
          limit.requestIsWhole();
          answer(message, context, call.answer);
        },
        otherwise() {
          limit.lift();
          handOn();
        },
      });
    };
    try {
      const checking = gate?.(context);
      // At once if it can: polls come by the thousand.
      if (checking instanceof Promise) checking.then(read).catch((error) => call.refuse(error));
      else read();
    } catch (error) {
      call.refuse(error);
    }
  };
}

/** An error closes its stream, and that is heard of. */
function ignore(): void {}

/** Bounds how long a call takes to come in; once it is whole, how long its caller takes to take the answer. */
function boundCall(stream: ServerHttp2Stream, call: PlainCall, limitMs: number) {
  let isWhole = false;
  const overdue = setTimeout(() => (isWhole ? takeBack(stream) : call.refuse(notDoneWithin(limitMs))), limitMs);
  const lift = (): void => clearTimeout(overdue);
  stream.on("error", ignore).on("close", lift);
  return {
    lift,
    requestIsWhole(): void {
      isWhole = true;
      overdue.refresh();
    },
  };
}

/** Whether its caller is gone, or it was refused while it came in. */
function isOver({ aborted, destroyed, headersSent }: ServerHttp2Stream): boolean {
  return aborted || destroyed || headersSent;
}

/**
 * Reads a stream that brings one message in one piece, and then ends. With any other, all that came is put back, and
 * `otherwise` finds the stream as if nobody had looked at it.
 */
function readMessage(
  stream: ServerHttp2Stream,
  { whole, otherwise }: { whole: (message: Buffer) => void; otherwise: () => void },
): void {
  let first: Buffer | undefined;
  let message: Buffer | undefined;
  const giveBack = (...pieces: Buffer[]): void => {
    stream.off("data", receive).off("end", end).pause();
    if (pieces.length > 0) stream.unshift(Buffer.concat(pieces));
    otherwise();
  };
  const receive = (piece: Buffer): void => {
    if (isOver(stream)) return;
    message = first === undefined ? onlyFrame(piece) : undefined;
    if (message !== undefined) first = piece;
    else if (first === undefined) giveBack(piece);
    else giveBack(first, piece);
  };
  const end = (): void => {
    if (isOver(stream)) return;
    if (message !== undefined) {
      whole(message);
    } else {
      giveBack();
      stream.emit("end"); // which it has missed
    }
  };
  stream.on("data", receive).on("end", end);
}
