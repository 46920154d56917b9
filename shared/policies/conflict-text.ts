import { isHandEdited, lastChange, type SeenPolicy, seenRevision } from "./seen-policy.ts";

/** What became of a policy since somebody looked, in words for them. */
export function conflictText(seen: SeenPolicy | undefined, found: SeenPolicy | undefined): string {
  if (found === undefined) return "it was deleted meanwhile";
  const isByHand = isHandEdited(found) || (seen !== undefined && seenRevision(seen) === seenRevision(found));
  if (seenRevision(found) === 0) return "it was made by hand meanwhile";
  if (isByHand) return `it was edited by hand meanwhile, over revision ${seenRevision(found)}`;
  const { updatedAt, updatedBy } = lastChange(found);
  const what = seen === undefined ? "made" : "changed";
  return `it was ${what} meanwhile: revision ${seenRevision(found)}, ${updatedAt || "no date"} by ${updatedBy || "nobody named"}`;
}
