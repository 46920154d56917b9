import { create, type DescMethod, type DescService, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createMethodImplSpec,
  createServiceImplSpec,
  type MethodImplSpec,
} from "@connectrpc/connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type {
  handleClientStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  Server,
  ServiceError,
  sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { CallContext, metadataOf } from "./call-context.ts";

type UnaryHandler = handleUnaryCall<Buffer, Buffer>;
type ClientStreamHandler = handleClientStreamingCall<Buffer, Buffer>;

/**
 * Serves Connect implementations from a grpc-js server, which answers several times as many calls a second as
 * Connect's own gRPC handlers on Node. Carries status codes with details, metadata, deadlines and cancellation; unary
 * calls and client streams, which is all that agents use.
 * @returns the services that were added.
 */
export function addConnectRoutes(server: Server, routes: (router: ConnectRouter) => void): DescService[] {
  const methods: MethodImplSpec[] = [];
  const router: ConnectRouter = {
    handlers: [],
    service(service, implementation) {
      methods.push(...Object.values(createServiceImplSpec(service, implementation).methods));
      return router;
    },
    rpc(method, implementation) {
      methods.push(createMethodImplSpec(method, implementation));
      return router;
    },
  };
  routes(router);

  const services = [...new Set(methods.map(({ method }) => method.parent))];
  for (const service of services) {
    const own = methods.filter(({ method }) => method.parent === service);
    server.addService(
      Object.fromEntries(own.map(({ method }) => [method.name, definitionOf(method)])),
      Object.fromEntries(own.map((spec) => [spec.method.name, handlerOf(spec)])),
    );
  }
  return services;
}

/** Messages pass grpc-js as bytes, so that a malformed one gets our answer: grpc-js would call it INTERNAL. */
function definitionOf(method: DescMethod): MethodDefinition<Buffer, Buffer> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    originalName: method.localName,
    requestStream: method.methodKind === "client_streaming",
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function handlerOf(spec: MethodImplSpec): UnaryHandler | ClientStreamHandler {
  const { method } = spec;
  switch (spec.kind) {
    case "unary": {
      const handle: UnaryHandler = (call, callback) => {
        const context = new CallContext(call, method);
        const answer = async () => spec.impl(decode(method, call.request), context);
        settle(answer(), context, callback);
      };
      return handle;
    }
    case "client_streaming": {
      const handle: ClientStreamHandler = (call, callback) => {
        const context = new CallContext(call, method);
        settle(spec.impl(decodeAll(method, call), context), context, callback);
      };
      return handle;
    }
    default:
      throw new Error(`${method.parent.typeName}/${method.name} streams its answer, which this adapter does not carry`);
  }
}

function settle(answer: Promise<unknown>, context: CallContext, callback: sendUnaryData<Buffer>): void {
  answer.then(
    (message) => {
      context.sendHeaders();
      const { output } = context.method;
      callback(null, toBinary(output, create(output, message as Message)) as Buffer, context.trailers());
    },
    (error) => callback(serviceErrorOf(error)),
  );
}

function decode(method: DescMethod, bytes: Buffer): Message {
  try {
    return fromBinary(method.input, bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConnectError(`request is no valid ${method.input.typeName}: ${reason}`, Code.InvalidArgument);
  }
}

async function* decodeAll(method: DescMethod, stream: AsyncIterable<Buffer>): AsyncIterable<Message> {
  for await (const bytes of stream) yield decode(method, bytes);
}

function serviceErrorOf(error: unknown): Partial<ServiceError> {
  const known = error instanceof ConnectError ? error : new ConnectError("internal error", Code.Internal);
  const trailer = new Headers(known.metadata);
  if (known.details.length > 0) {
    setTrailerStatus(trailer, known);
    // grpc-js writes these two itself.
    trailer.delete("grpc-status");
    trailer.delete("grpc-message");
  }
  return { code: known.code as number as status, details: known.rawMessage, metadata: metadataOf(trailer) };
}
