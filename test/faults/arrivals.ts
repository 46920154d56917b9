import { createHash } from "node:crypto";
import { CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";

/** What one collector saw of one event. */
export interface Arrival {
  attempts: number;
  /** How often the collector took it. */
  accepted: number;
  /** Milliseconds from the report until it was first taken. */
  latencyMs: number;
  readonly bodyHash: string;
  /** Which report it tells of. */
  readonly instance: string;
}

export type Fault = "signature" | "CloudEvent" | "id" | "body";

/** What arrives at one collector, checked with the libraries that collectors use. */
export interface Arrivals {
  readonly byEvent: ReadonlyMap<string, Arrival>;
  /** How many requests had what fault; `body` is one that differs from that of the first attempt. */
  readonly faults: ReadonlyMap<Fault, number>;
  /** Notes a request. Returns the event's id and how often it was sent until now. */
  attempt(headers: Readonly<Record<string, unknown>>, body: string): { id: string; attempt: number };
  /** The collector takes it. */
  accept(id: string): void;
}

export function createArrivals(secret: string): Arrivals {
  const byEvent = new Map<string, Arrival & { reportedAt: number }>();
  const faults = new Map<Fault, number>();
  const webhook = new Webhook(secret);
  const fault = (what: Fault): void => void faults.set(what, (faults.get(what) ?? 0) + 1);

  return {
    byEvent,
    faults,
    attempt(headers, body) {
      if (!isSigned(webhook, headers, body)) fault("signature");
      const event = parsed(headers, body);
      if (event === undefined) fault("CloudEvent");
      const id = String(headers["webhook-id"]);
      const { taskId, instanceName } = (event?.data ?? {}) as { taskId?: unknown; instanceName?: unknown };
      if (event?.id !== id || taskId !== id) fault("id");
      const bodyHash = createHash("sha256").update(body).digest("base64");
      const known = byEvent.get(id);
      if (known === undefined) {
        const instance = String(instanceName);
        const reportedAt = Date.parse(event?.time ?? "");
        byEvent.set(id, { attempts: 1, accepted: 0, latencyMs: Number.NaN, bodyHash, instance, reportedAt });
        return { id, attempt: 1 };
      }
      if (known.bodyHash !== bodyHash) fault("body");
      known.attempts++;
      return { id, attempt: known.attempts };
    },
    accept(id) {
      const known = byEvent.get(id);
      if (known === undefined) return;
      if (known.accepted === 0) known.latencyMs = Date.now() - known.reportedAt;
      known.accepted++;
    },
  };
}

function isSigned(webhook: Webhook, headers: Readonly<Record<string, unknown>>, body: string): boolean {
  try {
    webhook.verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

/** @returns undefined for what the CloudEvents SDK does not take for one valid event. */
function parsed(headers: Readonly<Record<string, unknown>>, body: string): CloudEvent<unknown> | undefined {
  try {
    const event = HTTP.toEvent({ headers: headers as Record<string, string>, body });
    return event instanceof CloudEvent && event.validate() ? event : undefined;
  } catch {
    return undefined;
  }
}
