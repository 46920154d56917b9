import type { DeliveredEvent } from "./delivered-event.ts";
import type { Kind, SendContext } from "./kind.ts";
import type { Outcome } from "./outcome.ts";
import { pyroscope } from "./pyroscope/pyroscope.ts";
import { webhook } from "./webhook/webhook.ts";

/** Every kind of collector; each has its folder beside this file. */
export const KINDS = {
  webhook,
  pyroscope,
};

export type KindName = keyof typeof KINDS;
type CollectorOf<K> = K extends Kind<infer C> ? C : never;
/** Somebody who receives events; `kind` tells how. */
export type Collector = CollectorOf<(typeof KINDS)[KindName]>;

/** What a collector is that does not say. */
export const DEFAULT_KIND: KindName = "webhook";

export function isKindName(name: unknown): name is KindName {
  return typeof name === "string" && Object.hasOwn(KINDS, name);
}

export function kindNamed(name: KindName): Kind<Collector> {
  return KINDS[name];
}

/** Sends one event to one collector, once, in the way of its kind; see `Kind.send`. */
export function sendEvent(collector: Collector, event: DeliveredEvent, context: SendContext): Promise<Outcome> {
  return kindNamed(collector.kind).send(collector, event, context);
}

/** The collector as it may be shown. */
export function maskSecrets(collector: Collector): Collector {
  const { secrets } = kindNamed(collector.kind);
  const shown = Object.entries(collector).map(([attribute, value]) => [
    attribute,
    secrets[attribute]?.(value) ?? value,
  ]);
  return Object.fromEntries(shown) as Collector;
}
