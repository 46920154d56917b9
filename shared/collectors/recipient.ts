import type { CollectorBase } from "./collector-base.ts";
import { EVENT_KINDS, type EventKind, readEventKinds } from "./event-kind.ts";
import { DEFAULT_KIND, isKindName, kindNamed } from "./kinds.ts";
import { globsName, readServiceGlobs } from "./service-globs.ts";

/** What decides who gets an event. */
export type Recipient = Pick<CollectorBase, "name" | "enabled" | "services" | "events">;

/** Whether events of this kind about this service go to this collector. */
export function wants(recipient: Recipient, event: EventKind, serviceName: string): boolean {
  return recipient.enabled && recipient.events.includes(event) && globsName(recipient.services, serviceName);
}

/**
 * The recipient that an item means, even if the item is invalid: while a hand edit waits to be mended, its events are
 * sent on their way, not forgotten. What cannot be read widens, so that nothing is lost; but never beyond what the kind
 * can take.
 */
export function recipientOf(name: string, item: Readonly<Record<string, unknown>>): Recipient {
  return {
    name,
    enabled: item.enabled !== false,
    services: readServiceGlobs(item.services) ?? ["*"],
    events: eventsOf(item),
  };
}

function eventsOf({ kind: kindName = DEFAULT_KIND, events }: Readonly<Record<string, unknown>>): readonly EventKind[] {
  const kind = isKindName(kindName) ? kindNamed(kindName) : { takes: EVENT_KINDS, defaultEvents: EVENT_KINDS };
  const asked = events === undefined ? kind.defaultEvents : (readEventKinds(events) ?? []);
  const taken = asked.filter((event) => kind.takes.includes(event));
  return taken.length > 0 ? taken : kind.takes;
}
