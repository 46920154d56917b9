import { isRecord } from "../policies/validate-policy.ts";
import { isSameReport } from "./report-fingerprint.ts";
import { MAX_DURATION_SECONDS } from "./report-limits.ts";

/** A task that takes a place in a budget until it ends; times in ms since the epoch. */
export interface ActiveTask {
  readonly taskId: string;
  readonly reportedAt: number;
  readonly endsAt: number;
}

/** The tasks of a budget's item that are active, by the names of their slots. */
export type ActiveTasks = ReadonlyMap<string, ActiveTask>;

/** Clocks of servers may differ by so much before one takes the other's tasks for nonsense. */
const CLOCKS_APART_MS = 3_600_000;
/** What ends later than this was not written by us, and would be in the way for ever. */
export const LONGEST_MS = MAX_DURATION_SECONDS * 1_000 + CLOCKS_APART_MS;

/** Slots that one write gives back: expressions have 4 KB at most, and 300 operators. */
const MAX_FREED = 30;

/** What is to be done so that a task is among the active ones. */
export type Step =
  /** There is no map of slots yet, or a hand broke it. */
  | { readonly step: "begin"; readonly slot: string }
  /** Slots are to be given back in the same write. `replaces`: the slot's own last task is over. */
  | { readonly step: "take"; readonly slot: string; readonly freed: readonly string[]; readonly replaces: boolean }
  /** More slots are to be given back than one write can, for instance after the budget was lowered. */
  | { readonly step: "clean"; readonly freed: readonly string[] }
  /** The same report came before, through another server perhaps, and has its slot. */
  | { readonly step: "share"; readonly slot: string; readonly held: ActiveTask }
  | { readonly step: "refuse"; readonly active: ActiveTasks; readonly freeAt: number };

/** The first slot that a report looks for: 64 bits of what it says, so that the same report finds the same slot. */
export function slotOf(fingerprint: string): string {
  return fingerprint.slice(0, 16);
}

/** What a hand has left of a task: it takes its place, and is the same as no report. */
const UNKNOWN = { taskId: "", reportedAt: Number.NEGATIVE_INFINITY };

/** Makes sense of an item's slots, which anybody may have edited by hand: what cannot be a task is passed over. */
export function activeTasks(stored: unknown, now: number): ActiveTasks {
  const active = new Map<string, ActiveTask>();
  for (const [slot, task] of Object.entries(isRecord(stored) ? stored : {})) {
    if (!isRecord(task) || !isActive(task.endsAt, now)) continue;
    const { taskId, reportedAt, endsAt } = task as { [name: string]: unknown } & { endsAt: number };
    const isWhole = typeof taskId === "string" && typeof reportedAt === "number";
    active.set(slot, isWhole ? { taskId, reportedAt, endsAt } : { ...UNKNOWN, endsAt });
  }
  return active;
}

/** When there is room again for one more task, in ms since the epoch; the past if there is room now. */
export function freeAt(active: ActiveTasks, maxActive: number): number {
  const ends = [...active.values()].map(({ endsAt }) => endsAt).sort((a, b) => a - b);
  // After the budget was lowered, more than one has to end.
  return ends[ends.length - maxActive] ?? 0;
}

/** The next step, by what the item held when it was read; whether it still does, the write's condition has to say. */
export function nextStep(
  stored: unknown,
  task: ActiveTask & { readonly fingerprint: string },
  { maxActive, now }: { maxActive: number; now: number },
): Step {
  const first = slotOf(task.fingerprint);
  if (!isRecord(stored)) return { step: "begin", slot: first };
  const active = activeTasks(stored, now);
  for (let slot = first, more = 1; ; slot = `${first}.${more++}`) {
    const held = active.get(slot);
    if (held !== undefined) {
      // Its process may say the same again much later, in whole numbers: that is a task beside it, in the next slot.
      if (isSameReport(held.reportedAt, task.reportedAt)) return { step: "share", slot, held };
      continue;
    }
    if (active.size >= maxActive) return { step: "refuse", active, freeAt: freeAt(active, maxActive) };
    const slots = Object.keys(stored);
    const freed = slots.filter((name) => !active.has(name) && name !== slot).slice(0, MAX_FREED);
    const replaces = Object.hasOwn(stored, slot);
    const slotsThen = slots.length - freed.length + (replaces ? 0 : 1);
    return slotsThen <= maxActive ? { step: "take", slot, freed, replaces } : { step: "clean", freed };
  }
}

function isActive(endsAt: unknown, now: number): boolean {
  return typeof endsAt === "number" && endsAt >= now && endsAt <= now + LONGEST_MS;
}
