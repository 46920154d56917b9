/** The least that an HTTP server on Node can do: reads the request, answers as little as an unchanged poll is answered. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { EMPTY_GRPC_WEB } from "../unchanged-poll.ts";
import { serveParent } from "./serve-parent.ts";

const ANSWERS: Readonly<Record<string, Buffer>> = {
  "application/grpc-web+proto": EMPTY_GRPC_WEB,
  "application/proto": Buffer.alloc(0),
  "application/json": Buffer.from("{}"),
};

const server = createServer((request, response) => {
  const { "content-type": type = "" } = request.headers;
  request.on("end", () => {
    const answer = ANSWERS[type];
    response.writeHead(200, { "content-type": type, "content-length": answer?.byteLength ?? 0 });
    response.end(answer);
  });
  request.resume();
});
await serveParent(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port };
});
