import { rpcKind } from "./rpc-kind.ts";

/** Over native gRPC, that is HTTP/2, with TLS or without. */
export const grpc = rpcKind<"grpc">(async () => (await import("./connection.ts")).openGrpc);
