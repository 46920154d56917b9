import type { Kind } from "../kind.ts";
import { maskSecret } from "./secret.ts";
import { readWebhook, type WebhookCollector } from "./webhook-collector.ts";

export const webhook: Kind<WebhookCollector> = {
  takes: ["tasks", "profiles"],
  defaultEvents: ["tasks"],
  attributes: ["secret"],
  secrets: { secret: maskSecret },
  read: readWebhook,
  // Loaded when there is something to send: neither the CLI nor a poll needs it.
  async send(collector, event, context) {
    const { sendToWebhook } = await import("./send-to-webhook.ts");
    return sendToWebhook(collector, event, context);
  },
};
