import { isDeepStrictEqual } from "node:util";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { BY_HAND, type PolicyContent } from "./policy.ts";
import { type PolicyItem, readPolicyItem, revisionOf, type StoredPolicy } from "./policy-item.ts";
import { canonicalJson } from "./policy-uuid.ts";

/** An item in DynamoDB's own notation: nothing is rounded, and every type is what it is. */
export type RawItem = Readonly<Record<string, AttributeValue>>;

/** A policy as somebody has seen it: the item itself, and what it means. */
export interface SeenPolicy {
  readonly raw: RawItem;
  readonly stored: StoredPolicy;
}

/** What a policy's item is made of; whoever writes over one expects to find these as they were seen. */
export const ATTRIBUTES = ["targets", "budget", "uuid", "revision", "updatedAt", "updatedBy"] as const;

/** Makes sense of an item. */
export function seenPolicy(raw: RawItem): SeenPolicy {
  // Validation judges numbers that JavaScript cannot hold; it is no use to throw at them.
  return { raw, stored: readPolicyItem(unmarshall({ ...raw }, { wrapNumbers: Number }) as PolicyItem) };
}

/** What of an item whoever changes it has to find unchanged. */
export function comparedPart(raw: RawItem): RawItem {
  return Object.fromEntries(
    ["serviceName", ...ATTRIBUTES].flatMap((name) => (raw[name] === undefined ? [] : [[name, raw[name]]])),
  );
}

/** Whether nothing was changed between the two looks, not by hand either. */
export function isSameItem(a: RawItem | undefined, b: RawItem | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return isDeepStrictEqual(comparedPart(a), comparedPart(b));
}

/** Whether `now` is what was seen, with nothing more than a hand edit counted as a revision by a server meanwhile. */
export function isCountedSince(seen: SeenPolicy, now: SeenPolicy | undefined): now is SeenPolicy {
  return (
    now !== undefined &&
    isHandEdited(seen) &&
    now.stored.state === "valid" &&
    !now.stored.staleUuid &&
    now.stored.policy.updatedBy === BY_HAND &&
    isDeepStrictEqual([seen.raw.targets, seen.raw.budget], [now.raw.targets, now.raw.budget])
  );
}

/** Whether somebody edited the item past Flashpoint and nobody has counted that as a revision yet. */
export function isHandEdited({ stored }: SeenPolicy): boolean {
  return stored.state === "invalid" || stored.staleUuid || stored.policy.revision === 0;
}

/** The revision that an item carries; 0 for none or nonsense. */
export function seenRevision({ raw, stored }: SeenPolicy): number {
  return stored.state === "valid"
    ? stored.policy.revision
    : revisionOf(unmarshall({ ...raw }, { wrapNumbers: Number }));
}

/** Who changed an item last and when, as it says; blank where it does not. */
export function lastChange({ raw }: SeenPolicy): { updatedAt: string; updatedBy: string } {
  return { updatedAt: raw.updatedAt?.S ?? "", updatedBy: raw.updatedBy?.S ?? "" };
}

/** Whether two policies mean the same. */
export function isSameContent(a: PolicyContent, b: PolicyContent): boolean {
  return canonicalJson(a.targets) === canonicalJson(b.targets) && a.budget?.maxActive === b.budget?.maxActive;
}
