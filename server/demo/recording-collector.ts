import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import type { Listening } from "../listening.ts";
import { createArrivals } from "./arrivals.ts";

/** A request that arrived. */
export interface Received {
  headers: Record<string, string>;
  body: string;
  /** Whether the Standard Webhooks library accepts the signature. */
  verified: boolean;
}

export interface RecordingCollector {
  readonly listening: Listening;
  readonly url: string;
  readonly received: readonly Received[];
  /** The first request, old or new, that fits. Rejects when `timeoutMs` have passed. */
  waitFor(fits: (received: Received) => boolean, timeoutMs: number): Promise<Received>;
  close(): Promise<void>;
}

export type Answer = { status: number; headers?: Record<string, string>; body?: string };

/** Most bytes of a request that are kept. */
const MAX_BODY_BYTES = 1_024 * 1_024;

/** A webhook on 127.0.0.1 that verifies what it gets and remembers it. */
export async function startRecordingCollector(
  secret: string,
  answer: (received: Received) => Answer | Promise<Answer> = () => ({ status: 204 }),
): Promise<RecordingCollector> {
  const received = createArrivals<Received>("event");
  const webhook = new Webhook(secret);
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) return void request.destroy();
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks).toString("utf8");
    const headers = request.headers as Record<string, string>;
    const entry = { headers, body, verified: isVerified(webhook, body, headers) };
    received.add(entry);
    const { status, headers: answerHeaders = {}, body: answerBody = "" } = await answer(entry);
    response.writeHead(status, answerHeaders).end(answerBody);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  return {
    listening: { host: "127.0.0.1", port },
    url: `http://127.0.0.1:${port}/events`,
    received: received.all,
    waitFor: received.waitFor,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isVerified(webhook: Webhook, body: string, headers: Record<string, string>): boolean {
  try {
    webhook.verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
