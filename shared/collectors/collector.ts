import { isMatch } from "matcher";
import type { Fault } from "../errors.ts";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";

/** The ways in which a collector can be spoken to; each has its folder beside this file. */
export const COLLECTOR_KINDS = ["webhook"] as const;
export type CollectorKind = (typeof COLLECTOR_KINDS)[number];

/** Somebody who receives events. */
export interface Collector {
  readonly name: string;
  readonly kind: CollectorKind;
  readonly url: string;
  /** A collector that is not enabled gets no new deliveries. */
  readonly enabled: boolean;
  /** Globs over service names, `*` for any run of characters; one that starts with `!` takes services out again. */
  readonly services: readonly string[];
  /** Standard Webhooks secret: `whsec_` and 24 to 64 bytes in base64. */
  readonly secret: string;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const SECRET_PREFIX = "whsec_";
const SECRET_BYTES = { least: 24, most: 64 };
const MAX_GLOBS = 100;
const MAX_TEXT = 2_048;

export type ValidatedCollector = { ok: true; collector: Collector } | { ok: false; faults: Fault[] };

/** Checks a collector's item, which anybody may have edited by hand. Lists every fault. */
export function validateCollector(item: Readonly<Record<string, unknown>>): ValidatedCollector {
  const faults: Fault[] = [];
  const { name, kind = "webhook", url, enabled = true, services = ["*"], secret } = item;
  if (typeof name !== "string" || !NAME.test(name)) {
    faults.push({
      path: "name",
      problem: "takes lower-case letters, digits, dots, dashes and underscores, 64 at most",
    });
  }
  if (!(COLLECTOR_KINDS as readonly unknown[]).includes(kind)) {
    faults.push({ path: "kind", problem: `is ${JSON.stringify(kind)}; it takes one of ${COLLECTOR_KINDS.join(", ")}` });
  }
  const urlFault = faultOfUrl(url);
  if (urlFault !== undefined) faults.push({ path: "url", problem: urlFault });
  if (typeof enabled !== "boolean") faults.push({ path: "enabled", problem: "takes true or false" });
  const globs = services instanceof Set ? [...services] : services;
  if (!Array.isArray(globs) || globs.length === 0 || globs.length > MAX_GLOBS || !globs.every(isGlob)) {
    faults.push({ path: "services", problem: `takes 1 to ${MAX_GLOBS} globs, for instance "checkout-*"` });
  }
  if (typeof secret !== "string" || !isSecret(secret)) {
    const { least, most } = SECRET_BYTES;
    faults.push({ path: "secret", problem: `takes ${SECRET_PREFIX} and ${least} to ${most} bytes in base64` });
  }
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, collector: { name, kind, url, enabled, services: globs, secret } as Collector };
}

/** What decides who gets a task. */
export type Recipient = Pick<Collector, "name" | "enabled" | "services">;

/** Whether the task goes to this collector. */
export function wantsTask(recipient: Recipient, task: ProfilingTask): boolean {
  return recipient.enabled && isMatch(task.serviceName, [...recipient.services], { caseSensitive: true });
}

/**
 * The recipient that an item means, even if the item is invalid: while a hand edit waits to be mended, its tasks are
 * sent on their way, not forgotten. What cannot be read widens, so that nothing is lost.
 */
export function recipientOf(name: string, item: Readonly<Record<string, unknown>>): Recipient {
  const { enabled, services } = item;
  const globs = services instanceof Set ? [...services] : services;
  const isUsable = Array.isArray(globs) && globs.length > 0 && globs.length <= MAX_GLOBS && globs.every(isGlob);
  return { name, enabled: enabled !== false, services: isUsable ? globs : ["*"] };
}

/** A secret as it may be shown: enough to tell two apart, too little to sign with. */
export function maskSecret(secret: string): string {
  return `${secret.slice(0, SECRET_PREFIX.length + 4)}…`;
}

function isGlob(glob: unknown): boolean {
  return typeof glob === "string" && glob !== "" && glob !== "!" && glob.length <= MAX_TEXT;
}

function isSecret(secret: string): boolean {
  if (!secret.startsWith(SECRET_PREFIX)) return false;
  const encoded = secret.slice(SECRET_PREFIX.length);
  const bytes = Buffer.from(encoded, "base64");
  // Encoded again it must be the same, or the library that signs would not read it.
  return (
    bytes.toString("base64") === encoded && bytes.length >= SECRET_BYTES.least && bytes.length <= SECRET_BYTES.most
  );
}

function faultOfUrl(url: unknown): string | undefined {
  if (typeof url !== "string" || !URL.canParse(url) || url.length > MAX_TEXT) {
    const found = url === undefined ? "is missing; it " : "";
    return `${found}takes an http or https address, for instance https://collector.example.com/flashpoint`;
  }
  const { protocol, username, password } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return `has scheme ${protocol}; it takes http or https`;
  if (username !== "" || password !== "") return "carries a user or password; addresses are shown, so it must not";
  return undefined;
}
