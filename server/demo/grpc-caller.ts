import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { ChannelCredentials, Client, Metadata } from "@grpc/grpc-js";

/** How long a call may take. Real agents set no bound; here nothing may hang. */
const CALL_TIMEOUT_MS = 5_000;

export interface GrpcCaller {
  /** One unary call. Rejects with grpc-js's ServiceError. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    metadata?: Record<string, string>,
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
    close: () => client.close(),
  };
}
