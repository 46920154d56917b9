/** The least that an HTTP server on Node can do: reads the request, answers as little as an unchanged poll is answered. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { EMPTY_GRPC_WEB } from "../unchanged-poll.ts";
import { serveParent } from "./serve-parent.ts";

/** One character a byte: so Node writes them in one piece with the headers, which is faster than as bytes. */
const ANSWERS: Readonly<Record<string, string>> = {
  "application/grpc-web+proto": EMPTY_GRPC_WEB.toString("latin1"),
  "application/proto": "",
  "application/json": "{}",
};

const server = createServer((request, response) => {
  const { "content-type": type = "" } = request.headers;
  request.on("end", () => {
    const answer = ANSWERS[type] ?? "";
    response.writeHead(200, { "content-type": type, "content-length": answer.length });
    response.end(answer, "latin1");
  });
  request.resume();
});
await serveParent(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port };
});
