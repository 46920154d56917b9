import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { type PolicyItem, policyTargetsItem, readPolicyItem } from "../policy-item.ts";
import { type RawItem, seenPolicy } from "../seen-policy.ts";
import { contentOf } from "../validate-policy.ts";
import type { Revision } from "./revision.ts";
import { revisionKey } from "./revision-key.ts";

/** What is stored for a revision. */
export function writeRevisionItem(revision: Revision): RawItem {
  const { serviceName, updatedAt, updatedBy, state } = revision;
  const item = { serviceName, revision: revisionKey(revision.revision), state, updatedAt, updatedBy };
  if (revision.state === "invalid") return { ...marshall(item), item: { M: { ...revision.raw } } };
  if (revision.state === "deleted") return marshall(item);
  const { targets, budget } = revision.content;
  const content = { targets: policyTargetsItem(targets), budget };
  return marshall({ ...item, ...content }, { removeUndefinedValues: true });
}

/** Makes sense of an item of the history, which hands may have edited too: what it does not say is blank, or not valid. */
export function readRevisionItem(raw: RawItem): Revision {
  const item = unmarshall({ ...raw }, { wrapNumbers: Number });
  const serviceName = String(item.serviceName);
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const base = {
    serviceName,
    revision: Number(item.revision) || 0,
    updatedAt: text(item.updatedAt),
    updatedBy: text(item.updatedBy),
  };
  if (item.state === "deleted") return { ...base, state: "deleted" };
  const kept = raw.item?.M;
  if (kept?.tooLarge !== undefined) {
    return { ...base, state: "invalid", raw: kept, faults: [{ path: "", problem: "was too large to be kept" }] };
  }
  if (kept !== undefined) {
    const { stored } = seenPolicy({ serviceName: { S: serviceName }, ...kept });
    // What is taken for valid by now is so, whatever it was when it was kept.
    if (stored.state === "valid")
      return { ...base, state: "valid", content: contentOf(stored.policy.targets, stored.policy.budget) };
    return { ...base, state: "invalid", raw: kept, faults: stored.faults };
  }
  const { targets, budget } = item;
  const stored = readPolicyItem({ serviceName, targets, ...(budget !== undefined && { budget }) } as PolicyItem);
  if (stored.state === "valid")
    return { ...base, state: "valid", content: contentOf(stored.policy.targets, stored.policy.budget) };
  return { ...base, state: "invalid", raw, faults: stored.faults };
}
