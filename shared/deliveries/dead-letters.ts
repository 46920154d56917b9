import type { HeldMessage, QueueReader } from "../aws/queue-reader.ts";

/** How far somebody came who looks through dead letters. */
export interface Walk {
  /** Letters that were looked at, each once. */
  readonly looked: number;
  /** About how many there were to look at. */
  readonly expected: number;
}

export interface WalkEnd extends Walk {
  /** Letters that came after the start, and stay where they are. */
  readonly late: number;
  /** About how many letters others hide: another walk that is under way, or one that was killed. */
  readonly hidden: number;
  /** For how long, at most, a walk that is killed now would hide letters. */
  readonly hideSeconds: number;
  /** Whether the signal ended it. */
  readonly isStopped: boolean;
}

/** Long enough for a batch: three calls to engines, one after another, each within its deadline. */
const LEAST_HIDE_SECONDS = 20;
/** A letter that stays is hidden until all others were looked at; so many a second is slow. */
const LETTERS_PER_SECOND = 50;
/** SQS hides a message for at most 12 hours. */
const MAX_HIDE_SECONDS = 43_200;
/** As many receives in a row without a letter to look at end a walk even while new letters keep coming. */
const MAX_BARREN = 20;

/**
 * Looks at every dead letter once, in no order, ten at a time. What is not taken is shown again at the end. It ends
 * even if letters come in faster than they are looked at.
 * @param options.startedAt ms since the epoch; letters that were sent later are left for the next time.
 * @param options.look decides what becomes of a letter; one that is `taken` it has deleted.
 * @throws what `look` throws, after the batch has ended.
 */
export async function walkDeadLetters(options: {
  letters: QueueReader;
  startedAt: number;
  look: (letter: HeldMessage) => Promise<"taken" | "left">;
  onProgress?: (walk: Walk) => void;
  signal?: AbortSignal;
}): Promise<WalkEnd> {
  const { letters, startedAt, look, onProgress = () => {}, signal } = options;
  const atStart = await letters.count();
  const hideSeconds = hideSecondsFor(atStart.visible + atStart.hidden);
  const seen = new Set<string>();
  const late = new Set<string>();
  const left = new Map<string, HeldMessage>(); // by id, with the receipt that counts last
  let isStopped = false;

  async function lookAt(letter: HeldMessage): Promise<void> {
    seen.add(letter.id);
    if ((await look(letter)) === "taken") left.delete(letter.id);
  }

  /** @returns whether there was anything new. */
  async function lookAtBatch(batch: readonly HeldMessage[]): Promise<boolean> {
    const fresh = batch.filter(({ id, sentAt }) => !seen.has(id) && sentAt <= startedAt);
    for (const letter of batch) {
      left.set(letter.id, letter);
      if (letter.sentAt > startedAt) late.add(letter.id);
    }
    const ends = await Promise.allSettled(fresh.map(lookAt));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    return fresh.length > 0;
  }

  try {
    for (let barren = 0; barren < MAX_BARREN; ) {
      isStopped = signal?.aborted === true;
      if (isStopped) break;
      const batch = await letters.receive(hideSeconds);
      if (batch.length === 0) break;
      barren = (await lookAtBatch(batch)) ? 0 : barren + 1;
      onProgress({ looked: seen.size, expected: Math.max(atStart.visible, seen.size) });
    }
    const atEnd = await letters.count();
    return {
      looked: seen.size,
      expected: Math.max(atStart.visible, seen.size),
      late: late.size,
      // SQS counts late; whoever hides letters did so from the start, and those in our own hands are none of them.
      hidden: Math.max(0, Math.min(atStart.hidden, atEnd.hidden - left.size)),
      hideSeconds,
      isStopped,
    };
  } finally {
    await letters.release([...left.values()]);
  }
}

function hideSecondsFor(letters: number): number {
  return Math.min(LEAST_HIDE_SECONDS + Math.ceil(letters / LETTERS_PER_SECOND), MAX_HIDE_SECONDS);
}
