import { TARGETS, type Target } from "../policies/policy.ts";
import { globsName, readServiceGlobs } from "../service-globs.ts";
import type { CollectorBase } from "./collector-base.ts";
import { EVENT_KINDS, type EventKind, readEventKinds } from "./event-kind.ts";
import { DEFAULT_KIND } from "./kind-names.ts";
import { isKindName, kindNamed } from "./kinds.ts";
import { readTargets } from "./target-names.ts";

/** What decides who gets an event. */
export type Recipient = Pick<CollectorBase, "name" | "enabled" | "services" | "events" | "targets">;

/**
 * Whether events of this kind about this service and target go to this collector; a target that is not given, or has no
 * name, is no reason against.
 */
export function wants(
  recipient: Recipient,
  event: EventKind,
  { serviceName, target }: { serviceName: string; target?: Target | undefined },
): boolean {
  if (!recipient.enabled || !recipient.events.includes(event)) return false;
  if (target !== undefined && !recipient.targets.includes(target)) return false;
  return globsName(recipient.services, serviceName);
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
    targets: readTargets(item.targets) ?? TARGETS,
  };
}

function eventsOf({ kind: kindName = DEFAULT_KIND, events }: Readonly<Record<string, unknown>>): readonly EventKind[] {
  const kind = isKindName(kindName) ? kindNamed(kindName) : { takes: EVENT_KINDS, defaultEvents: EVENT_KINDS };
  const asked = events === undefined ? kind.defaultEvents : (readEventKinds(events) ?? []);
  const taken = asked.filter((event) => kind.takes.includes(event));
  return taken.length > 0 ? taken : kind.takes;
}
