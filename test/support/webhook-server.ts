import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { onTestFinished } from "vitest";
import type { SendContext } from "../../shared/collectors/kind.ts";
import type { WebhookCollector } from "../../shared/collectors/webhook/webhook-collector.ts";
import { createEgress } from "../../shared/egress/egress.ts";
import { webhookTo } from "./collectors.ts";

export interface Request {
  headers: IncomingMessage["headers"];
  body: string;
}

/** What a send needs to know, with a way out to 127.0.0.1; for one test. */
export function contextForTest(stack = "flashpoint"): SendContext {
  const egress = createEgress({ networks: ["127.0.0.0/8"] });
  onTestFinished(egress.close);
  return { stack, egress };
}

/** A webhook on 127.0.0.1 that does as it is told; for one test. */
export async function webhookThat(
  answer: RequestListener,
  more: Partial<WebhookCollector> = {},
): Promise<WebhookCollector> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return webhookTo(`http://127.0.0.1:${port}/events`, { name: "hook", ...more });
}

/** A webhook that takes everything and keeps it; for one test. */
export async function recordingWebhook(
  more: Partial<WebhookCollector> = {},
): Promise<{ hook: WebhookCollector; requests: Request[] }> {
  const requests: Request[] = [];
  const hook = await webhookThat(async (request, response) => {
    requests.push({ headers: request.headers, body: await textOf(request) });
    response.writeHead(204).end();
  }, more);
  return { hook, requests };
}

export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
