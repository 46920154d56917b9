import { setTimeout as delay } from "node:timers/promises";

/** What lies in a queue, and whether anybody takes it from there. */
export interface WaitingMessages {
  /** About how many there are, those in hand and those put off among them. */
  readonly messages: number;
  /** Whether they stay: there were some to take at every look, and at none fewer than at the one before. */
  readonly isStuck: boolean;
}

/** A dispatcher takes what it finds within a second; a queue that is merely busy falls now and then. */
const LOOKS = 3;
const EVERY_MS = 1_000;

/**
 * Looks at a queue once, and further only as long as messages stay there.
 * @param count of messages to take at once, and of all others.
 * @throws whatever `count` throws.
 */
export async function waitingMessages(
  count: () => Promise<{ visible: number; hidden: number }>,
): Promise<WaitingMessages> {
  let { visible, hidden } = await count();
  for (let look = 1; look < LOOKS; look++) {
    if (visible === 0) break;
    await delay(EVERY_MS);
    const before = visible;
    ({ visible, hidden } = await count());
    if (visible < before) return { messages: visible + hidden, isStuck: false };
  }
  return { messages: visible + hidden, isStuck: visible > 0 };
}
