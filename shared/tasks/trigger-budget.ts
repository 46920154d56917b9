import pLimit, { type LimitFunction } from "p-limit";
import { withinTime } from "../aws/deadline.ts";
import { untilText } from "../diagnosis/until-text.ts";
import { LimitExceeded, Unavailable } from "../errors.ts";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import { createRecentEntries } from "../recent-entries.ts";
import { slotOf } from "./active-tasks.ts";
import type { BudgetStore } from "./budget-store.ts";
import { reportFingerprint } from "./report-fingerprint.ts";
import { targetName } from "./task.ts";

/** Lets in as many tasks of a service and target at once as its policy's budget has room for. */
export interface TriggerBudget {
  /**
   * Takes a place for the task until it ends.
   * @returns what gives the place back, for when nothing comes of the task after all; it does not throw.
   * @throws LimitExceeded, with the time to come again, if `maxActive` tasks are active; Unavailable if that cannot be
   *   found out in time.
   */
  enter(task: ProfilingTask, maxActive: number): Promise<() => Promise<void>>;
}

/** What a report waits for its place at most; leaves SQS its part of the agent's 3 s. */
const ENTER_MS = 1_000;
/** Writes to one budget under way at once: more would only take turns at DynamoDB, and wear it out. */
const WRITES_AT_ONCE = 8;
/** Reports that wait for their turn, over all budgets. */
const MAX_WAITING = 2_000;
/** How long a budget that was full is taken for full unseen: a task may have been given back, or a budget be new. */
const FULL_MS = 5_000;
/** Budgets that are known to be full, and bytes of them. */
const MAX_FULL = { entries: 10_000, bytes: 8 * 1_024 * 1_024 };
/** What an entry weighs, and each slot in it. */
const BYTES = { entry: 256, slot: 64 };

interface Full {
  /** Until when it is not asked again, and when there is room, in ms since the epoch. */
  readonly until: number;
  readonly freeAt: number;
  readonly activeCount: number;
  readonly slots: ReadonlySet<string>;
}

/**
 * In front of the store: a breach reports from hundreds of processes within a second, and again every 5 s for as long
 * as they are refused. All but the first few of them are refused from memory.
 */
export function createTriggerBudget(options: {
  store: Pick<BudgetStore, "acquire" | "release">;
  now?: () => number;
}): TriggerBudget {
  const { store, now = Date.now } = options;
  const known = createRecentEntries<Full>({
    maxEntries: MAX_FULL.entries,
    maxBytes: MAX_FULL.bytes,
    bytesOf: ({ slots }, key) => BYTES.entry + key.length + slots.size * BYTES.slot,
  });
  const turns = new Map<string, { readonly limit: LimitFunction; users: number }>();
  let waiting = 0;

  function refuseIfFull(key: string, task: ProfilingTask, maxActive: number): void {
    const full = known.get(key);
    if (full === undefined || full.until <= now()) return;
    // It may be one that is active already, whose answer was lost.
    if (!full.slots.has(slotOf(reportFingerprint(task)))) throw refusal(task, maxActive, full);
  }

  function refusal(task: ProfilingTask, maxActive: number, { activeCount, freeAt }: Full): LimitExceeded {
    const at = now();
    return new LimitExceeded(
      `budget of ${task.serviceName} is full: ${activeCount} of ${maxActive} ${targetName(task)} tasks are active; ` +
        `there is room ${untilText(freeAt, at)}`,
      { retryAfterMs: Math.max(freeAt - at, 1) },
    );
  }

  async function takePlace(key: string, task: ProfilingTask, maxActive: number, signal: AbortSignal) {
    refuseIfFull(key, task, maxActive); // somebody whose turn was before this one may have found out
    const acquired = await store.acquire(task, maxActive, signal);
    switch (acquired.outcome) {
      case "taken":
        if (signal.aborted) await giveBack(task, acquired.slot); // it came too late
        return acquired.slot;
      case "outrun":
        throw new Unavailable("others are being let into the same budget");
      case "full": {
        const { active, freeAt } = acquired;
        const until = Math.min(freeAt, now() + FULL_MS);
        const full = { until, freeAt, activeCount: active.size, slots: new Set(active.keys()) };
        known.set(key, full);
        throw refusal(task, maxActive, full);
      }
    }
  }

  /** Runs when it is its turn, unless nobody waits for it by then. */
  async function inTurn<T>(key: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (waiting >= MAX_WAITING) throw new Unavailable("too many reports wait for their budgets");
    const turn = turns.get(key) ?? { limit: pLimit(WRITES_AT_ONCE), users: 0 };
    turns.set(key, turn);
    turn.users++;
    waiting++;
    try {
      return await turn.limit(() => {
        waiting--;
        signal.throwIfAborted();
        return work();
      });
    } finally {
      turn.users--;
      if (turn.users === 0) turns.delete(key);
    }
  }

  async function giveBack(task: ProfilingTask, slot: string | undefined): Promise<void> {
    // Without it, the place is free when the task would have ended.
    if (slot !== undefined) await store.release(task, slot).catch(() => {});
  }

  return {
    async enter(task, maxActive) {
      const key = JSON.stringify([task.serviceName, targetName(task), maxActive]);
      refuseIfFull(key, task, maxActive);
      const slot = await withinTime("the budget", ENTER_MS, (signal) =>
        inTurn(key, () => takePlace(key, task, maxActive, signal), signal),
      );
      return async () => {
        await giveBack(task, slot);
        known.delete(key);
      };
    },
  };
}
