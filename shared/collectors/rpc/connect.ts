import { rpcKind } from "./rpc-kind.ts";

/** Over the Connect protocol, binary, and HTTP/1.1. */
export const connect = rpcKind<"connect">(async () => (await import("./connection.ts")).openConnect);
