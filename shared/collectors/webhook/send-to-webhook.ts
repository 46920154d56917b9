import { Webhook } from "standardwebhooks";
import type { DeliveredEvent } from "../delivered-event.ts";
import { deliveredProfile } from "../delivered-profile.ts";
import { outcomeOfStatus } from "../http-outcome.ts";
import type { SendContext } from "../kind.ts";
import { EVIDENCE_BYTES, type Outcome } from "../outcome.ts";
import { retryAfterSeconds } from "../retry-after.ts";
import { withoutSecrets } from "../without-secrets.ts";
import { type CloudEvent, profileCollectedEvent, taskReportedEvent } from "./cloud-event.ts";
import { keyOf } from "./secret.ts";
import type { WebhookCollector } from "./webhook-collector.ts";

/** How long a collector may take from connecting to the end of its answer. */
export const WEBHOOK_TIMEOUT_MS = 10_000;
/** AWS has no shorter ones (IAM API Reference, AccessKey); `local` is no secret. */
const LEAST_ACCESS_KEY = 16;

/**
 * Sends an event to a webhook: a CloudEvent in structured JSON over POST (CloudEvents HTTP binding §3.2), signed by
 * Standard Webhooks 1.0.0 (headers webhook-id, webhook-timestamp, webhook-signature). Redirects are not followed.
 */
export async function sendToWebhook(
  collector: WebhookCollector,
  event: DeliveredEvent,
  { stack }: SendContext,
  { now = Date.now, timeoutMs = WEBHOOK_TIMEOUT_MS }: { now?: () => number; timeoutMs?: number } = {},
): Promise<Outcome> {
  const { cloudEvent, link } = await prepare(event, stack);
  const body = JSON.stringify(cloudEvent);
  const signedAt = new Date(now());
  try {
    const response = await fetch(collector.url, {
      method: "POST",
      headers: {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": "flashpoint",
        "webhook-id": event.id,
        "webhook-timestamp": String(Math.floor(signedAt.getTime() / 1_000)),
        "webhook-signature": new Webhook(collector.secret).sign(event.id, signedAt, body),
      },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.ok) {
      response.body?.cancel().catch(() => {}); // the status says all; nobody waits for the rest
      return { kind: "delivered" };
    }
    const secrets = [collector.secret, keyOf(collector.secret), ...secretsOf(link)];
    const evidence = withoutSecrets(await readEvidence(response), secrets);
    const reason = `answered ${response.status}${evidence === "" ? "" : `: ${evidence}`}`;
    return outcomeOfStatus(response.status, reason, retryAfterSeconds(response.headers.get("retry-after"), now()));
  } catch (error) {
    return { kind: "retry", reason: reasonOf(error, timeoutMs) };
  }
}

async function prepare(event: DeliveredEvent, stack: string): Promise<{ cloudEvent: CloudEvent; link?: string }> {
  const origin = { id: event.id, stack };
  if (event.case === "taskReported") return { cloudEvent: taskReportedEvent(event.task, origin) };
  const delivered = await deliveredProfile(event);
  return { cloudEvent: profileCollectedEvent(delivered, origin), link: delivered.downloadUrl };
}

/** The beginning of an answer, as far as it came; the rest is not read. */
async function readEvidence(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= EVIDENCE_BYTES) break;
    }
  } catch {
    // cut off or too slow: the status is what counts
  }
  return Buffer.concat(chunks).subarray(0, EVIDENCE_BYTES).toString("utf8").trim();
}

/** What makes a presigned link work (Signature Version 4, query parameters): whoever has it has the file. */
function secretsOf(link: string | undefined): string[] {
  if (link === undefined) return [];
  const { searchParams } = new URL(link);
  const [accessKey = ""] = searchParams.get("X-Amz-Credential")?.split("/") ?? [];
  return [
    searchParams.get("X-Amz-Signature") ?? "",
    searchParams.get("X-Amz-Security-Token") ?? "",
    accessKey.length < LEAST_ACCESS_KEY ? "" : accessKey,
  ];
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return "failed";
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  const { reason } = (error.cause ?? {}) as { reason?: unknown };
  if (typeof reason === "string") return `TLS failed: ${reason}`; // OpenSSL's message names its source files
  // fetch says "fetch failed"; what happened stands in the cause.
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
