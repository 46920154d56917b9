import { setImmediate as nextTurn } from "node:timers/promises";
import { create, type DescMethod, type DescService, type Message, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type MethodImplSpec } from "@connectrpc/connect";
import type {
  handleClientStreamingCall,
  handleUnaryCall,
  Metadata,
  MethodDefinition,
  Server,
  ServerReadableStream,
} from "@grpc/grpc-js";
import { errorText } from "../../shared/errors.ts";
import { type MessageReader, readerOf } from "../../shared/rpc/message-readers.ts";
import { type MessageWriter, writingOnce } from "../../shared/rpc/message-writers.ts";
import { pathOf, type RoutedMethod } from "../../shared/rpc/routed-methods.ts";
import { CallContext } from "./call-context.ts";
import { type GrpcStatus, grpcStatusOf } from "./grpc-status.ts";

type UnaryHandler = handleUnaryCall<Buffer, Buffer>;
type ClientStreamHandler = handleClientStreamingCall<Buffer, Buffer>;
type ClientStreamCall = ServerReadableStream<Buffer, Buffer>;

/**
 * Some clients, Node's among them, finish a stream and reset it in one breath when they cancel. Such a stream ends like
 * a whole one; that it was cancelled shows this many turns of the event loop later at the latest.
 */
const RESET_TURNS = 5;

/** How long a client stream may send nothing before it is ended, and how long it may take in all. */
export interface StreamLimits {
  idleMs: number;
  totalMs: number;
}
export const STREAM_LIMITS: StreamLimits = { idleMs: 60_000, totalMs: 600_000 };

/**
 * Serves Connect implementations from a grpc-js server, which answers several times as many calls a second as
 * Connect's own gRPC handlers on Node. Carries status codes with details, metadata, deadlines and cancellation; unary
 * calls and client streams, which is all that agents use. Whom it lets in is not its business.
 * @returns the services that were added.
 */
export function addConnectRoutes(
  server: Server,
  methods: RoutedMethod[],
  streamLimits: StreamLimits = STREAM_LIMITS,
): DescService[] {
  const specs = methods.map(({ spec }) => spec);
  const services = [...new Set(specs.map(({ method }) => method.parent))];
  for (const service of services) {
    const own = specs.filter(({ method }) => method.parent === service);
    server.addService(
      Object.fromEntries(own.map(({ method }) => [method.name, definitionOf(method)])),
      Object.fromEntries(own.map((spec) => [spec.method.name, handlerOf(spec, streamLimits)])),
    );
  }
  return services;
}

/** Messages pass grpc-js as bytes, so that a malformed one gets our answer: grpc-js would call it INTERNAL. */
function definitionOf(method: DescMethod): MethodDefinition<Buffer, Buffer> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    path: pathOf(method),
    originalName: method.localName,
    requestStream: method.methodKind === "client_streaming",
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function handlerOf(spec: MethodImplSpec, streamLimits: StreamLimits): UnaryHandler | ClientStreamHandler {
  const { method } = spec;
  switch (spec.kind) {
    case "unary": {
      const answer = unaryAnswers(spec);
      const handle: UnaryHandler = (call, callback) => answer(call.request, new CallContext(call, method), callback);
      return handle;
    }
    case "client_streaming": {
      const read = readerOf(method);
      const write = writerOf(method);
      const handle: ClientStreamHandler = (call, callback) => {
        const context = new CallContext(call, method);
        const messages = decodeAll(read, method, call, streamLimits);
        answerWith(() => spec.impl(messages, context), write, context, callback);
      };
      return handle;
    }
    default:
      throw new Error(`${method.parent.typeName}/${method.name} streams its answer, which this adapter does not carry`);
  }
}

/** Ends a call: with what it is refused with, or else with its answer and the trailers that it has. */
export type Reply = (refusal: GrpcStatus | null, message?: Buffer, trailers?: Metadata) => void;
/** Answers a unary call whose message came whole. Never throws: `reply` hears of all that goes wrong. */
export type AnswerUnary = (message: Buffer, context: CallContext, reply: Reply) => void;

/** How the calls of a unary method are answered. */
export function unaryAnswers({ method, impl }: MethodImplSpec & { kind: "unary" }): AnswerUnary {
  const read = readerOf(method);
  const write = writerOf(method);
  return (message, context, reply) =>
    answerWith(() => impl(decode(read, method, message), context), write, context, reply);
}

/** Answers a call with what the implementation returns: at once if it can, since most polls are served from memory. */
function answerWith(work: () => unknown, write: MessageWriter<Buffer>, context: CallContext, reply: Reply): void {
  const send = (answer: unknown): void => {
    const bytes = write(answer as object);
    const trailers = context.trailers();
    context.sendHeaders();
    reply(null, bytes, trailers);
  };
  const refuse = (error: unknown): void => reply(grpcStatusOf(error));
  try {
    const answer = work();
    if (answer instanceof Promise) answer.then(send).catch(refuse);
    else send(answer);
  } catch (error) {
    refuse(error);
  }
}

function decode(read: MessageReader, method: DescMethod, bytes: Buffer): Message {
  try {
    // As plain bytes: cutting a string out of a Buffer takes longer, and a poll holds many.
    return read(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    throw new ConnectError(`request is no valid ${method.input.typeName}: ${errorText(error)}`, Code.InvalidArgument);
  }
}

/** As a Buffer: grpc-js copies it with Buffer's own methods, which a plain Uint8Array lacks. */
function writerOf({ output }: DescMethod): MessageWriter<Buffer> {
  return writingOnce((answer) => {
    const bytes = toBinary(output, create(output, answer as Message));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  });
}

/**
 * The messages of a client stream. They throw once the client cancels, falls silent or takes too long, so that no half
 * stream looks whole.
 */
function decodeAll(
  read: MessageReader,
  method: DescMethod,
  call: ClientStreamCall,
  limits: StreamLimits,
): AsyncIterable<Message> {
  const cancelled = new ConnectError("the client cancelled the stream", Code.Canceled);
  // From the start: it may come before anybody has asked for the first message.
  call.once("cancelled", () => call.destroy(cancelled));
  return messagesOf(read, method, call, limits, cancelled);
}

async function* messagesOf(
  read: MessageReader,
  method: DescMethod,
  call: ClientStreamCall,
  { idleMs, totalMs }: StreamLimits,
  cancelled: ConnectError,
): AsyncIterable<Message> {
  const endWith = (text: string) => () => call.destroy(new ConnectError(text, Code.DeadlineExceeded));
  const idle = setTimeout(endWith(`the stream brought nothing for ${idleMs} ms`), idleMs);
  const total = setTimeout(endWith(`the stream took longer than ${totalMs} ms`), totalMs);
  try {
    for await (const bytes of call as AsyncIterable<Buffer>) {
      idle.refresh();
      yield decode(read, method, bytes);
    }
  } finally {
    clearTimeout(idle);
    clearTimeout(total);
  }
  for (let turn = 0; turn < RESET_TURNS; turn++) {
    await nextTurn();
    if (call.cancelled) throw cancelled;
  }
}
