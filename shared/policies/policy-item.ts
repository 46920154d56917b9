import type { Fault } from "../errors.ts";
import { type Policy, type PolicyTargets, spokenCheck } from "./policy.ts";
import { policyUuid } from "./policy-uuid.ts";
import { isRecord, validatePolicy } from "./validate-policy.ts";

/** A policy's item in DynamoDB, which anybody may have edited by hand: nothing but the key is certain. */
export type PolicyItem = { serviceName: string } & Record<string, unknown>;

export type StoredPolicy =
  | {
      state: "valid";
      policy: Policy;
      /** The item carries another UUID than its content has, or none: somebody edited it by hand. */
      staleUuid: boolean;
    }
  | { state: "invalid"; serviceName: string; faults: Fault[] };

/** Makes sense of an item. The UUID is always the content's own, whatever the item says. */
export function readPolicyItem(item: PolicyItem): StoredPolicy {
  const content = validatePolicy(item);
  if (!content.ok) return { state: "invalid", serviceName: item.serviceName, faults: content.faults };
  const uuid = policyUuid(content.value.targets);
  const policy: Policy = {
    serviceName: item.serviceName,
    ...content.value,
    uuid,
    revision: revisionOf(item),
    updatedAt: textOf(item.updatedAt),
    updatedBy: textOf(item.updatedBy),
  };
  return { state: "valid", policy, staleUuid: item.uuid !== uuid };
}

/** What is stored for a policy. */
export function writePolicyItem(policy: Policy): PolicyItem {
  return { ...policy, targets: policyTargetsItem(policy.targets) };
}

/** Targets as they are stored. URI fields that say nothing are left out, so that the console stays readable. */
export function policyTargetsItem(targets: PolicyTargets): object {
  return mapValues(targets, (checks) => mapValues(checks, spokenCheck));
}

/** Last revision that there can be: the SDK refuses to write a number that is no safe integer. */
export const MAX_REVISION = Number.MAX_SAFE_INTEGER;

/** Highest revision that a hand may make up: from there on, nobody comes to the last one by counting. */
const MAX_MADE_UP = 1_000_000_000_000_000;

/** The revision that an item carries; 0 for none or nonsense. Between 1 and MAX_REVISION, any number will do. */
export function revisionOf(item: unknown): number {
  const revision = isRecord(item) ? item.revision : undefined;
  return typeof revision === "number" && revision >= 1 && revision <= MAX_REVISION ? revision : 0;
}

/**
 * The revision to count on from: an item's, unless it is far above all that the history has.
 * @param newest 0 without any.
 */
export function believedRevision(revision: number, newest: number): number {
  return revision <= MAX_MADE_UP || revision <= newest + 1 ? revision : 0;
}

/** @throws if a revision cannot be numbered so. */
export function refuseUncountable(serviceName: string, revision: number): void {
  if (revision <= MAX_REVISION) return;
  throw new Error(
    `the history of ${serviceName} has no number left after ${MAX_REVISION}: delete its highest items there`,
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function mapValues<T, U>(map: { readonly [key: string]: T | undefined }, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => (value === undefined ? [] : [[key, change(value)]])),
  );
}
