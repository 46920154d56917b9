/** Makes unary gRPC calls over node:http2, in a process of its own. Any answer but the expected one ends it. */
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import type { LoadRequest, LoadResult } from "./load.ts";

process.once("message", async (request: LoadRequest) => {
  process.send?.(await load(request), () => process.disconnect());
});
process.once("disconnect", () => process.exit());

async function load(request: LoadRequest): Promise<LoadResult> {
  const { port, path, connections, inFlight, warmUpMs, measureMs } = request;
  const body = Buffer.from(request.body, "base64");
  const expected = Buffer.from(request.expected, "base64");
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  let calls = 0;
  let open = 0;
  let stopped = false;

  function call(session: ClientHttp2Session): void {
    open++;
    let status: unknown;
    let received: Buffer = Buffer.alloc(0);
    const stream = session.request(headers);
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
      calls++;
      open--;
      if (!stopped) call(session);
    });
    stream.end(body);
  }

  const sessions = Array.from({ length: connections }, () => connect(`http://127.0.0.1:${port}`));
  await Promise.all(sessions.map((session) => once(session, "remoteSettings")));
  for (let index = 0; index < inFlight; index++) call(sessions[index % connections] as ClientHttp2Session);
  await delay(warmUpMs);

  const before = { calls, at: performance.now(), cpu: process.cpuUsage() };
  await delay(measureMs);
  const cpu = process.cpuUsage(before.cpu);
  const counted = calls - before.calls;
  const elapsedMs = performance.now() - before.at;

  stopped = true;
  while (open > 0) await delay(5);
  for (const session of sessions) session.close();
  return { counted, all: calls, elapsedMs, cpuMs: (cpu.user + cpu.system) / 1_000 };
}
