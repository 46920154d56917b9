import pLimit from "p-limit";
import { errorText, Unavailable } from "../../errors.ts";
import type { PolicyWriter, WriteOutcome } from "../policy-writer.ts";
import { isSameContent, type SeenPolicy } from "../seen-policy.ts";
import type { PlannedChange } from "./policy-plan.ts";

/** What became of one change. */
export type Applied = { readonly change: PlannedChange } & (
  | WriteOutcome
  /** Somebody else did the same meanwhile, or an earlier run of the same plan. */
  | { readonly outcome: "already" }
  /** `isRefused` tells that DynamoDB or the writer said no: nothing was written. Else it may have been. */
  | { readonly outcome: "failed"; readonly reason: string; readonly isRefused: boolean }
  /** Nobody began it: it was stopped before, or DynamoDB had gone away. */
  | { readonly outcome: "not begun" }
);

/** Writes under way at once. */
const WRITES_AT_ONCE = 8;

/**
 * Carries changes out, each for itself: what cannot be written holds nothing else up, unless DynamoDB is gone.
 * @param signal once it is aborted, nothing more is begun; what is under way is ended.
 * @returns what became of each, in the order of the changes.
 */
export async function applyChanges(
  changes: readonly PlannedChange[],
  options: {
    writer: PolicyWriter;
    updatedBy: string;
    signal?: AbortSignal | undefined;
    /** Hears of each change that is done with, and how many are. */
    onApplied?: (applied: Applied, done: number) => void;
  },
): Promise<Applied[]> {
  const { writer, updatedBy, signal, onApplied } = options;
  const inTurn = pLimit(WRITES_AT_ONCE);
  let done = 0;
  let isAway = false;
  const attempt = async (change: PlannedChange): Promise<Applied> => {
    if (signal?.aborted || isAway) return { change, outcome: "not begun" };
    try {
      const written = await writer.write(change, updatedBy);
      if (written.outcome === "conflict" && isAsPlanned(change, written.found)) return { change, outcome: "already" };
      return { change, ...written };
    } catch (error) {
      const isUnanswered = error instanceof Unavailable;
      isAway ||= isUnanswered; // the writer has been patient with it
      const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
      return { change, outcome: "failed", reason: `${errorText(error)}${cause}`, isRefused: !isUnanswered };
    }
  };
  const apply = async (change: PlannedChange): Promise<Applied> => {
    const applied = await attempt(change);
    onApplied?.(applied, ++done);
    return applied;
  };
  return Promise.all(changes.map((change) => inTurn(() => apply(change))));
}

function isAsPlanned({ content }: PlannedChange, found: SeenPolicy | undefined): boolean {
  if (content === undefined || found === undefined) return content === undefined && found === undefined;
  return found.stored.state === "valid" && isSameContent(content, found.stored.policy);
}
