import type { HeldMessage, QueueReader } from "../aws/queue-reader.ts";
import { type Walk, type WalkEnd, type WalkLimits, walkDeadLetters } from "./dead-letters.ts";

/** A dead letter that a redrive is about. */
export interface RedriveLetter {
  /** The same for all letters of one delivery. */
  readonly key: string;
  /** Whether it has nothing left to do. */
  isDone(): Promise<boolean>;
  /** Sets it on its way again. @returns false if it had nothing left to do. */
  send(): Promise<boolean>;
}

/**
 * Reads a dead letter's body.
 * @returns undefined for one that the redrive is not about.
 * @throws if it cannot be read.
 */
export type OpenLetter = (body: string) => RedriveLetter | undefined;

export interface RedriveReport extends WalkEnd {
  /** Sent again; of a dry run, what would be. */
  readonly sent: number;
  /** When the oldest and the newest of these came to the dead letters, ms since the epoch. */
  readonly oldestMs: number | undefined;
  readonly newestMs: number | undefined;
  /** How many of these came there for which reason. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Deleted, since their delivery was done meanwhile; of a dry run, what would be. */
  readonly alreadyDelivered: number;
  /** Letters of others, from before `sinceMs`, or of a delivery that another letter of this run was of, untouched. */
  readonly others: number;
  /** Letters that cannot be read, untouched. */
  readonly unreadable: number;
  /** Of those that came late, how many are of a delivery that was sent in this run. */
  readonly failedAgain: number;
}

/** Reasons told apart; collectors may answer each time with other words. */
const MAX_REASONS = 1_000;
const ANY_OTHER = "other reasons";

/**
 * Sends dead letters on their way again, each before it is deleted: whenever this is cut off nothing is lost, a letter
 * in hand may go out twice, and the next run goes on with the rest.
 * @param options.startedAt ms since the epoch; letters that come later, those that fail again among them, stay.
 * @throws Unavailable if an engine fails.
 */
export async function redrive(options: {
  letters: QueueReader;
  open: OpenLetter;
  startedAt: number;
  /** Leaves letters that are older, ms since the epoch. */
  sinceMs?: number;
  /** Changes nothing. */
  isDryRun?: boolean;
  onProgress?: (walk: Walk) => void;
  signal?: AbortSignal;
  limits?: Partial<WalkLimits>;
}): Promise<RedriveReport> {
  const { letters, open, sinceMs = 0, isDryRun = false, ...walk } = options;
  const counts = { sent: 0, alreadyDelivered: 0, others: 0, unreadable: 0, failedAgain: 0 };
  const reasons = new Map<string, number>();
  const times = { oldestMs: undefined as number | undefined, newestMs: undefined as number | undefined };
  const knownKeys = new Set<string>();

  function noteSent({ reason = "no reason was given", sentAt }: HeldMessage): void {
    counts.sent++;
    const told = reasons.has(reason) || reasons.size < MAX_REASONS ? reason : ANY_OTHER;
    reasons.set(told, (reasons.get(told) ?? 0) + 1);
    times.oldestMs = Math.min(times.oldestMs ?? sentAt, sentAt);
    times.newestMs = Math.max(times.newestMs ?? sentAt, sentAt);
  }

  function readable({ body }: HeldMessage): RedriveLetter | undefined | "unreadable" {
    try {
      return open(body);
    } catch {
      return "unreadable";
    }
  }

  async function look(message: HeldMessage): Promise<"taken" | "left"> {
    const letter = readable(message);
    if (letter === "unreadable") {
      counts.unreadable++;
      return "left";
    }
    // One that was sent in this run may be back already, whatever the clocks say.
    if (letter === undefined || message.sentAt < sinceMs || knownKeys.has(letter.key)) {
      counts.others++;
      return "left";
    }
    knownKeys.add(letter.key);
    if (isDryRun) {
      if (await letter.isDone()) counts.alreadyDelivered++;
      else noteSent(message);
      return "left";
    }
    const isSent = await letter.send();
    await letters.delete(message);
    if (isSent) noteSent(message);
    else counts.alreadyDelivered++;
    return "taken";
  }

  function onLate(message: HeldMessage): void {
    const letter = readable(message);
    if (letter === undefined || letter === "unreadable" || isDryRun) return;
    if (knownKeys.has(letter.key)) counts.failedAgain++;
  }

  const end = await walkDeadLetters({ letters, look, onLate, ...walk });
  return { ...end, ...counts, ...times, reasons };
}
