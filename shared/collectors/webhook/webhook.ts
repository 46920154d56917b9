import { Webhook } from "standardwebhooks";
import type { Collector } from "../collector.ts";
import type { CloudEvent } from "../event.ts";
import type { Outcome } from "../outcome.ts";

/** How long a collector may take from connecting to the end of its answer. */
export const WEBHOOK_TIMEOUT_MS = 10_000;
/** How much of a failing collector's answer is kept to show the operator. */
const EVIDENCE_BYTES = 512;

/**
 * Sends an event to a webhook: a CloudEvent in structured JSON over POST (CloudEvents HTTP binding §3.2), signed by
 * Standard Webhooks 1.0.0 (headers webhook-id, webhook-timestamp, webhook-signature). Redirects are not followed.
 */
export async function sendToWebhook(
  collector: Collector,
  event: CloudEvent,
  { now = Date.now, timeoutMs = WEBHOOK_TIMEOUT_MS }: { now?: () => number; timeoutMs?: number } = {},
): Promise<Outcome> {
  const body = JSON.stringify(event);
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
    const evidence = await readEvidence(response);
    return { kind: "retry", reason: `answered ${response.status}${evidence === "" ? "" : `: ${evidence}`}` };
  } catch (error) {
    return { kind: "retry", reason: reasonOf(error, timeoutMs) };
  }
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

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return "failed";
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  // fetch says "fetch failed"; what happened stands in the cause.
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
