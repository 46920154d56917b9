import { once } from "node:events";
import {
  create,
  type DescMessage,
  type DescMethodClientStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { ChannelCredentials, Client, Metadata, type ServiceError } from "@grpc/grpc-js";

/** How long a call may take. Real agents set no bound; here nothing may hang. */
const CALL_TIMEOUT_MS = 5_000;

export interface GrpcCaller {
  /** One unary call. Rejects with grpc-js's ServiceError. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    metadata?: Record<string, string>,
  ): Promise<MessageShape<O>>;
  /**
   * One client stream, read from `requests` no faster than the server takes it. Should `requests` throw, the call is
   * cancelled.
   */
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodClientStreaming<I, O>,
    requests: Iterable<MessageInitShape<I>> | AsyncIterable<MessageInitShape<I>>,
    options?: { timeoutMs?: number },
  ): Promise<MessageShape<O>>;
  close(): void;
}

/** Calls services over native gRPC, as agents do: an implementation of the protocol that shares no code with ours. */
export function createGrpcCaller(address: string, credentials = ChannelCredentials.createInsecure()): GrpcCaller {
  const client = new Client(address, credentials);
  return {
    call: (method, request, headers = {}) =>
      new Promise((resolve, reject) => {
        const metadata = new Metadata();
        for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
        client.makeUnaryRequest(
          `/${method.parent.typeName}/${method.name}`,
          (message: Uint8Array) => Buffer.from(message),
          (bytes: Buffer) => fromBinary(method.output, bytes),
          toBinary(method.input, create(method.input, request)),
          metadata,
          { deadline: Date.now() + CALL_TIMEOUT_MS },
          (error, answer) => (answer === undefined ? reject(error) : resolve(answer)),
        );
      }),
    stream: (method, requests, { timeoutMs = CALL_TIMEOUT_MS } = {}) =>
      new Promise((resolve, reject) => {
        const ended = new AbortController(); // the server may answer before it has heard everything
        const call = client.makeClientStreamRequest(
          `/${method.parent.typeName}/${method.name}`,
          (message: Uint8Array) => Buffer.from(message),
          (bytes: Buffer) => fromBinary(method.output, bytes),
          new Metadata(),
          { deadline: Date.now() + timeoutMs },
          (error, answer) => {
            ended.abort();
            if (answer === undefined) reject(error);
            else resolve(answer);
          },
        );
        const upload = async (): Promise<void> => {
          for await (const request of requests) {
            if (ended.signal.aborted) return;
            const takesMore = call.write(toBinary(method.input, create(method.input, request)));
            if (!takesMore) await once(call, "drain", { signal: ended.signal });
          }
          call.end();
        };
        upload().catch((error) => {
          if (ended.signal.aborted) return;
          call.cancel();
          reject(error);
        });
      }),
    close: () => client.close(),
  };
}

/** Whether an error is a call's that the server or the network failed. */
export function isRpcFailure(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;
}
