import type { HeldMessage, QueueReader } from "../aws/queue-reader.ts";

/** How far somebody came who looks through dead letters. */
export interface Walk {
  /** Letters that were looked at, each once. */
  readonly looked: number;
  /** About how many there were to look at. */
  readonly expected: number;
}

export interface WalkEnd extends Walk {
  /** About how many letters were there at the start and were not looked at. */
  readonly notLooked: number;
  /** Letters that came after the start, and stay where they are. */
  readonly late: number;
  /** About how many letters others hide: another walk that is under way, or one that was killed. */
  readonly hidden: number;
  /** For how long, at most, a walk that is killed now would hide letters. */
  readonly hideSeconds: number;
  /** Whether the signal ended it. */
  readonly isStopped: boolean;
}

/** Most letters that a walk may have in hand and in mind. */
export interface WalkLimits {
  /** Of more that stay, those that were held longest are shown again; they are known when they come back. */
  readonly held: number;
  /** After so many it ends, since it remembers their ids. */
  readonly looked: number;
}

/**
 * SQS gives out nothing more while 120,000 messages of a queue are in hand, in all hands together (SQS Developer Guide,
 * "Amazon SQS standard queue quotas"), and looks empty then. Two walks stay below that, and each below half a gigabyte.
 */
const LIMITS: WalkLimits = { held: 50_000, looked: 1_000_000 };
/** Long enough for a batch: four calls to engines, one after another, each within its deadline. */
const LEAST_HIDE_SECONDS = 20;
/** A letter that stays is hidden while others are looked at; so many a second is slow. */
const LETTERS_PER_SECOND = 50;
/** As many receives in a row without a letter to look at end a walk even while letters keep coming. */
const MAX_BARREN = 20;

/**
 * Looks at every dead letter once, in no order, ten at a time. What is not taken is shown again at the end, or before,
 * if that is much. It ends even if letters come in faster than they are looked at.
 * @param options.startedAt ms since the epoch; letters that were sent later are left for the next time.
 * @param options.look decides what becomes of a letter; one that is `taken` it has deleted.
 * @throws what `look` throws, after the batch has ended.
 */
export async function walkDeadLetters(options: {
  letters: QueueReader;
  startedAt: number;
  look: (letter: HeldMessage) => Promise<"taken" | "left">;
  /** Hears of each letter that came later, once. */
  onLate?: (letter: HeldMessage) => void;
  onProgress?: (walk: Walk) => void;
  signal?: AbortSignal;
  limits?: Partial<WalkLimits>;
}): Promise<WalkEnd> {
  const { letters, startedAt, look, onLate = () => {}, onProgress = () => {}, signal } = options;
  const limits = { ...LIMITS, ...options.limits };
  const atStart = await letters.count();
  const hideSeconds = hideSecondsFor(Math.min(atStart.visible + atStart.hidden, limits.held));
  const seen = new Set<string>();
  const late = new Set<string>();
  const held = new Map<string, string>(); // the receipt that counts last by id, the one held longest first
  let isStopped = false;

  async function lookAt(letter: HeldMessage): Promise<void> {
    seen.add(letter.id);
    if ((await look(letter)) === "taken") held.delete(letter.id);
  }

  /** @returns whether there was anything new. */
  async function lookAtBatch(batch: readonly HeldMessage[]): Promise<boolean> {
    const fresh = batch.filter(({ id, sentAt }) => !seen.has(id) && sentAt <= startedAt);
    for (const letter of batch) {
      const { id, receipt, sentAt } = letter;
      held.set(id, receipt);
      if (sentAt <= startedAt || late.has(id)) continue;
      late.add(id);
      onLate(letter);
    }
    const ends = await Promise.allSettled(fresh.map(lookAt));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    return fresh.length > 0;
  }

  /** Shows all but so many again. */
  async function release(most: number): Promise<void> {
    const oldest = [...held.entries().take(Math.max(0, held.size - most))];
    await letters.release(oldest.map(([, receipt]) => ({ receipt })));
    for (const [id] of oldest) held.delete(id);
  }

  try {
    for (let barren = 0; barren < MAX_BARREN && seen.size + late.size < limits.looked; ) {
      isStopped = signal?.aborted === true;
      if (isStopped) break;
      const batch = await letters.receive(hideSeconds);
      if (batch.length === 0) break;
      barren = (await lookAtBatch(batch)) ? 0 : barren + 1;
      await release(limits.held);
      onProgress({ looked: seen.size, expected: Math.max(atStart.visible, seen.size) });
    }
    const atEnd = await letters.count();
    return {
      looked: seen.size,
      expected: Math.max(atStart.visible, seen.size),
      // SQS counts late, and what was shown again can be received too.
      notLooked: Math.max(0, Math.min(atStart.visible - seen.size, atEnd.visible)),
      late: late.size,
      // SQS counts late; whoever hides letters did so from the start, and those in our own hands are none of them.
      hidden: Math.max(0, Math.min(atStart.hidden, atEnd.hidden - held.size)),
      hideSeconds,
      isStopped,
    };
  } finally {
    await release(0);
  }
}

function hideSecondsFor(letters: number): number {
  return LEAST_HIDE_SECONDS + Math.ceil(letters / LETTERS_PER_SECOND);
}
