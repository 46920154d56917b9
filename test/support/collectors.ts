import type { CollectorBase } from "../../shared/collectors/collector-base.ts";
import type { PyroscopeCollector } from "../../shared/collectors/pyroscope/pyroscope-collector.ts";
import type { WebhookCollector } from "../../shared/collectors/webhook/webhook-collector.ts";

/** The secret of every webhook in the tests that needs none of its own. */
export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** What a collector is that says nothing of it. */
export const USUAL = {
  enabled: true,
  services: ["*"],
  targets: ["ON_CPU", "OFF_CPU", "NETWORK"],
  headers: {},
  timeoutSeconds: 10,
} as const satisfies Partial<CollectorBase>;

/** A webhook that gets every task, unless it is said otherwise. */
export function webhookTo(url: string, more: Partial<WebhookCollector> & { name: string }): WebhookCollector {
  return { ...USUAL, kind: "webhook", url, events: ["tasks"], mode: "structured", secret: SECRET, ...more };
}

/** A Pyroscope that gets every profile, unless it is said otherwise. */
export function pyroscopeAt(url: string, more: Partial<PyroscopeCollector> & { name: string }): PyroscopeCollector {
  return { ...USUAL, kind: "pyroscope", url, events: ["profiles"], ...more };
}
