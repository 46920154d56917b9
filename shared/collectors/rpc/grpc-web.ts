import { rpcKind } from "./rpc-kind.ts";

/** Over gRPC-web, binary, and HTTP/1.1. */
export const grpcWeb = rpcKind<"grpc-web">(async () => (await import("./connection.ts")).openGrpcWeb);
