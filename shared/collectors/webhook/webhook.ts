import type { Kind } from "../kind.ts";
import { maskSecret } from "./secret.ts";
import { readWebhook, type WebhookCollector, webhookBeforeRotation } from "./webhook-collector.ts";

export const webhook: Kind<WebhookCollector> = {
  takes: ["tasks", "profiles"],
  defaultEvents: ["tasks"],
  attributes: ["secret", "previousSecret", "previousSecretUntil", "mode"],
  secrets: { secret: maskSecret, previousSecret: maskSecret },
  read: readWebhook,
  beforeRotation: webhookBeforeRotation,
  // Loaded when there is something to send: neither the CLI nor a poll needs it.
  async send(collector, event, context) {
    const { sendToWebhook } = await import("./send-to-webhook.ts");
    return sendToWebhook(collector, event, context);
  },
  async test(collector, context) {
    const { testWebhook } = await import("./send-to-webhook.ts");
    return testWebhook(collector, context);
  },
};
