import type { Collector, CollectorKind } from "./collector.ts";
import type { CloudEvent } from "./event.ts";
import type { Outcome } from "./outcome.ts";
import { sendToWebhook } from "./webhook/webhook.ts";

/** Sends one event to one collector, once, within a bound of time. Never throws for what the collector does. */
export type SendEvent = (collector: Collector, event: CloudEvent) => Promise<Outcome>;

/** How each kind of collector is spoken to. */
export const SENDERS: Record<CollectorKind, SendEvent> = {
  webhook: sendToWebhook,
};
