import { ARN_RULE, isMeantAsSecretArn, isSecretArn } from "../aws/secret-arn.ts";
import { addFault, type Fault } from "../errors.ts";

const MAX_HEADERS = 20;
/** Of HTTP's tokens (RFC 9110 §5.6.2) those that gRPC's metadata takes too, in small letters. */
const NAME = /^[a-z0-9_.-]{1,100}$/;
/** Visible ASCII and blanks; those around a value get lost on the way. */
const VALUE = /^[!-~](?:[ -~]{0,2046}[!-~])?$/;
const VALUE_RULE = "takes 1 to 2048 printable ASCII characters, no blanks around them";

/** What HTTP or Flashpoint sets itself, on any way to a collector. */
const RESERVED_NAMES = new Set([
  "host",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "http2-settings",
  "expect",
  "accept-encoding",
  "user-agent",
  "x-user-agent",
]);
const RESERVED_PREFIXES = ["content-", "proxy-", "webhook-", "ce-", "grpc-", "x-grpc-", "connect-", "flashpoint-"];

/**
 * Reads a map of header names to values, or to ARNs of secrets that hold them; no fault repeats a value.
 * @param attributes by name of a header, the attribute that sets it in this kind of collector.
 */
export function readHeaders(
  value: unknown,
  attributes: Readonly<Record<string, string>>,
  faults: Fault[],
): Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Set) {
    addFault(faults, { path: "headers", problem: 'takes a map of names to values, for instance {"x-team": "a"}' });
    return {};
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_HEADERS) {
    addFault(faults, { path: "headers", problem: `has ${entries.length} headers; it takes ${MAX_HEADERS} at most` });
  }
  const read = new Map<string, string>();
  for (const [typed, content] of entries.slice(0, MAX_HEADERS)) {
    const name = typed.toLowerCase();
    const problem = read.has(name)
      ? "comes twice, written differently: leave one out"
      : (faultOfName(name, attributes) ?? faultOfValue(content));
    if (problem !== undefined) addFault(faults, { path: `headers.${name}`, problem });
    read.set(name, content);
  }
  return Object.fromEntries(read);
}

function faultOfName(name: string, attributes: Readonly<Record<string, string>>): string | undefined {
  if (!NAME.test(name)) return "has a name that is none: it takes letters, digits, dashes, dots and underscores";
  if (RESERVED_NAMES.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix))) {
    return "is set by Flashpoint or by HTTP itself: leave it out, or take another name";
  }
  if (name.endsWith("-bin")) return "ends with -bin, which means bytes to gRPC: take another name";
  if (Object.hasOwn(attributes, name)) return `is what ${attributes[name]} sets: set that instead`;
  return undefined;
}

function faultOfValue(value: unknown): string | undefined {
  if (isMeantAsSecretArn(value) && !isSecretArn(value)) return ARN_RULE;
  return typeof value === "string" && VALUE.test(value) ? undefined : VALUE_RULE;
}
