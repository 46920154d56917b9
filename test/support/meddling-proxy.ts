import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** What came to the proxy. */
export interface MetRequest {
  readonly method: string;
  readonly path: string;
  /** What DynamoDB and SQS call the operation, for instance `DescribeTable`; blank elsewhere. */
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Meddling {
  /** Answers in the place of what stands behind; undefined lets the request through. */
  answer?(request: MetRequest): { status: number; body: string; type?: string } | undefined;
  /** How far the clock of what answers is ahead, in ms. */
  aheadMs?: number;
}

/** An HTTP proxy on 127.0.0.1 that answers some requests itself, and may tell another time. */
export interface MeddlingProxy {
  readonly url: string;
  readonly port: number;
  /** From now on. */
  meddle(meddling: Meddling): void;
  close(): Promise<void>;
}

/** @param target where requests go; without, everything that is not answered here is 404. */
export async function startMeddlingProxy(target?: string): Promise<MeddlingProxy> {
  let { answer, aheadMs = 0 }: Meddling = {};
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "GET", url: path = "/", headers } = request;
    const operation = String(headers["x-amz-target"] ?? "").replace(/^.*\./, "");
    const body = Buffer.concat(chunks);
    const date = new Date(Date.now() + aheadMs).toUTCString();
    const own = answer?.({ method, path, operation, headers, body: body.toString("utf8") });
    if (own !== undefined || target === undefined) {
      const { status, body: text, type = "application/x-amz-json-1.0" } = own ?? { status: 404, body: "" };
      return void response.writeHead(status, { "content-type": type, date }).end(text);
    }
    const { hostname, port } = new URL(target);
    const passed = send({ hostname, port, method, path, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, { ...answered.headers, date });
      answered.pipe(response);
    });
    passed.on("error", () => response.destroy());
    passed.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    meddle(meddling) {
      ({ answer, aheadMs = 0 } = meddling);
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A refusal as DynamoDB and SQS word it. */
export function refusal(type: string, message: string, status = 400): { status: number; body: string } {
  return { status, body: JSON.stringify({ __type: `com.amazonaws#${type}`, message }) };
}
