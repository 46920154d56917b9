/** Makes unary gRPC calls over node:http2, in a process of its own. Any answer but the expected one ends it. */
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { type Calling, type LoadRequest, serveLoad } from "./load.ts";

serveLoad(async (request: LoadRequest): Promise<Calling> => {
  const { port, path, connections } = request;
  const body = Buffer.from(request.body, "base64");
  const expected = Buffer.from(request.expected, "base64");
  const headers = {
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...request.headers,
  };
  const sessions = Array.from({ length: connections }, () => connect(`http://127.0.0.1:${port}`));
  await Promise.all(sessions.map((session) => once(session, "remoteSettings")));

  return {
    call(place, answered) {
      let status: unknown;
      let received: Buffer = Buffer.alloc(0);
      const stream = (sessions[place % connections] as ClientHttp2Session).request(headers);
      stream.on("response", (response) => {
        status = response["grpc-status"]; // stands here only where there is no body
      });
      stream.on("data", (chunk: Buffer) => {
        received = received.byteLength === 0 ? chunk : Buffer.concat([received, chunk]);
      });
      stream.on("trailers", (trailers) => {
        status = trailers["grpc-status"];
      });
      stream.on("end", () => {
        if (status !== "0" || !received.equals(expected)) {
          throw new Error(`answer ${received.toString("hex").slice(0, 200)} with grpc-status ${status}`);
        }
        answered();
      });
      stream.end(body);
    },
    close() {
      for (const session of sessions) session.close();
    },
  };
});
