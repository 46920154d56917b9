/** The least that a gRPC server on Node can do: reads the request, answers an empty message. */
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { serveParent } from "./serve-parent.ts";

const EMPTY_MESSAGE = Buffer.alloc(5); // not compressed, length 0

const server = createServer();
server.on("stream", (stream) => {
  stream.on("end", () => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(EMPTY_MESSAGE);
  });
  stream.resume();
});
await serveParent(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port };
});
