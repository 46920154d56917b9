import type { WebhookCollector } from "../../shared/collectors/webhook/webhook-collector.ts";

/** The secret of every webhook in the tests that needs none of its own. */
export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** A webhook that gets every task, unless it is said otherwise. */
export function webhookTo(url: string, more: Partial<WebhookCollector> & { name: string }): WebhookCollector {
  return { kind: "webhook", url, enabled: true, services: ["*"], events: ["tasks"], secret: SECRET, ...more };
}
