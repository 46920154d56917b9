import { ARN_RULE, isMeantAsSecretArn, isSecretArn } from "../aws/secret-arn.ts";
import type { Fault } from "../errors.ts";
import { TARGETS } from "../policies/policy.ts";
import { MAX_GLOBS, readServiceGlobs } from "../service-globs.ts";
import { BASE_DEFAULTS, TIMEOUT } from "./collector-base.ts";
import { readHeaders } from "./custom-headers.ts";
import { EVENT_KINDS, type EventKind, readEventKinds } from "./event-kind.ts";
import type { Kind } from "./kind.ts";
import { DEFAULT_KIND } from "./kind-names.ts";
import { type Collector, isKindName, KINDS, kindNamed } from "./kinds.ts";
import { readTargets } from "./target-names.ts";

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const MAX_URL = 2_048;
const MAX_SHOWN = 100;

export type ValidatedCollector = { ok: true; collector: Collector } | { ok: false; faults: Fault[] };

/** Checks a collector's item, which anybody may have edited by hand. Lists every fault. */
export function validateCollector(item: Readonly<Record<string, unknown>>): ValidatedCollector {
  const faults: Fault[] = [];
  const { name, kind: kindName = DEFAULT_KIND, url } = item;
  const { enabled, services, timeoutSeconds, ...rest } = withDefaults(item);
  if (typeof name !== "string" || !NAME.test(name)) {
    faults.push({
      path: "name",
      problem: "takes lower-case letters, digits, dots, dashes and underscores, 64 at most",
    });
  }
  const kind = isKindName(kindName) ? kindNamed(kindName) : undefined;
  if (kind === undefined) {
    const names = Object.keys(KINDS).join(", ");
    faults.push({ path: "kind", problem: `is ${JSON.stringify(kindName)}; it takes one of ${names}` });
  }
  const urlFault = faultOfUrl(url);
  if (urlFault !== undefined) faults.push({ path: "url", problem: urlFault });
  if (typeof enabled !== "boolean") faults.push({ path: "enabled", problem: "takes true or false" });
  const globs = readServiceGlobs(services);
  if (globs === undefined) {
    faults.push({ path: "services", problem: `takes 1 to ${MAX_GLOBS} globs, for instance "checkout-*"` });
  }
  const events = item.events === undefined ? kind?.defaultEvents : readEventKinds(item.events);
  const eventsFault = faultOfEvents(item.events, events, kindName, kind);
  if (eventsFault !== undefined) faults.push({ path: "events", problem: eventsFault });
  const targets = readTargets(rest.targets);
  if (targets === undefined) {
    faults.push({ path: "targets", problem: `is ${shown(rest.targets)}; it takes a list of ${anyOf(TARGETS)}` });
  }
  const headers = readHeaders(rest.headers, kind?.ownHeaders?.(item) ?? {}, faults);
  if (!isTimeout(timeoutSeconds)) {
    const problem = `takes a whole number of seconds from ${TIMEOUT.least} to ${TIMEOUT.most}`;
    faults.push({ path: "timeoutSeconds", problem });
  }
  const own = kind?.read(item, faults);
  for (const attribute of Object.keys(kind?.secrets ?? {})) {
    const isMistyped = isMeantAsSecretArn(item[attribute]) && !isSecretArn(item[attribute]);
    const isKnown = faults.some(({ path }) => path === attribute);
    if (isMistyped && !isKnown) faults.push({ path: attribute, problem: ARN_RULE });
  }
  if (faults.length > 0) return { ok: false, faults };
  const base = { name, kind: kindName, url, enabled, services: globs, events, targets, headers, timeoutSeconds };
  return { ok: true, collector: { ...base, ...own } as Collector };
}

/** What is absent, which null is not. */
function withDefaults(item: Readonly<Record<string, unknown>>): Record<keyof typeof BASE_DEFAULTS, unknown> {
  const given = Object.entries(item).filter(([, value]) => value !== undefined);
  return { ...BASE_DEFAULTS, ...Object.fromEntries(given) };
}

function isTimeout(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= TIMEOUT.least && Number(value) <= TIMEOUT.most;
}

function faultOfUrl(url: unknown): string | undefined {
  if (typeof url !== "string" || !URL.canParse(url) || url.length > MAX_URL) {
    const found = url === undefined ? "is missing; it " : "";
    return `${found}takes an http or https address, for instance https://collector.example.com/flashpoint`;
  }
  const { protocol, username, password } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return `has scheme ${protocol}; it takes http or https`;
  if (username !== "" || password !== "") return "carries a user or password; addresses are shown, so it must not";
  return undefined;
}

function faultOfEvents(
  found: unknown,
  events: readonly EventKind[] | undefined,
  kindName: unknown,
  kind: Kind<Collector> | undefined,
): string | undefined {
  if (kind === undefined && events === undefined) return undefined; // nothing can be said before the kind is mended
  if (events === undefined) return `is ${shown(found)}; it takes a list of ${anyOf(EVENT_KINDS)}`;
  const beyond = events.filter((event) => kind !== undefined && !kind.takes.includes(event));
  if (kind === undefined || beyond.length === 0) return undefined;
  return `has ${quoted(beyond)}, but ${kindName} takes only ${quoted(kind.takes)}: leave out ${quoted(beyond)}`;
}

/** The beginning of what somebody typed. */
function shown(found: unknown): string {
  return (JSON.stringify(found instanceof Set ? [...found] : found) ?? String(found)).slice(0, MAX_SHOWN);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

/** For instance `"ON_CPU", "OFF_CPU" or "NETWORK"`. */
function anyOf(choices: readonly string[]): string {
  return `${quoted(choices.slice(0, -1))} or ${quoted(choices.slice(-1))}`;
}
