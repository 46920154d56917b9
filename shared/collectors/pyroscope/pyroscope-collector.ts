import type { Fault } from "../../errors.ts";
import { requireBaseAddress } from "../base-address.ts";
import type { CollectorBase } from "../collector-base.ts";
import type { OwnAttributes } from "../kind.ts";

/** Grafana Pyroscope, or what speaks like it: takes profiles by `push.v1.PusherService/Push`. */
export interface PyroscopeCollector extends CollectorBase {
  readonly kind: "pyroscope";
  /** Basic authentication; with `password` or not at all. */
  readonly username?: string;
  readonly password?: string;
  /** Goes out as X-Scope-OrgID. */
  readonly tenant?: string;
}

const MAX_CREDENTIAL = 2_048;
const RULES = {
  /** RFC 7617 §2: no control characters, and the first colon ends the user. */
  username: {
    pattern: new RegExp(`^[^:\\p{Cc}]{1,${MAX_CREDENTIAL}}$`, "u"),
    problem: `takes 1 to ${MAX_CREDENTIAL} characters, no colon and no control characters`,
  },
  password: {
    pattern: new RegExp(`^\\P{Cc}{1,${MAX_CREDENTIAL}}$`, "u"),
    problem: `takes 1 to ${MAX_CREDENTIAL} characters, no control characters`,
  },
  /** Blanks around a header's value get lost on the way. */
  tenant: { pattern: /^[!-~]{1,150}$/, problem: "takes 1 to 150 printable ASCII characters, no blanks" },
};

/** See `Kind.read`. */
export function readPyroscope(
  item: Readonly<Record<string, unknown>>,
  faults: Fault[],
): OwnAttributes<PyroscopeCollector> {
  const { username, password } = item;
  requireBaseAddress(item, "Pyroscope", faults);
  const own: Record<string, unknown> = {};
  for (const [attribute, { pattern, problem }] of Object.entries(RULES)) {
    const value = item[attribute];
    if (value === undefined) continue;
    if (typeof value !== "string" || !pattern.test(value)) faults.push({ path: attribute, problem });
    own[attribute] = value;
  }
  if ((username === undefined) !== (password === undefined)) {
    const [missing, given] = username === undefined ? ["username", "password"] : ["password", "username"];
    faults.push({ path: missing, problem: `is missing beside ${given}; basic authentication takes both` });
  }
  return own;
}
