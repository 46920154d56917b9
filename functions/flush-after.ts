/**
 * The same handler, which flushes once it has answered or failed.
 * @param everyMs how long it waits from one flush to the next, and from here to the first. Nothing flushes between calls:
 * Lambda stops an instance's clock then.
 * @param isUrgent whether there is something that may not wait for another call, which may never come.
 * @param settled is waited for with every call, for what may still be under way; if it fails, so does the call.
 */
export function flushAfter<Event, Answer>(
  handler: (event: Event) => Promise<Answer>,
  flush: () => void,
  options: { everyMs?: number; isUrgent?: () => boolean; settled?: () => Promise<void>; now?: () => number } = {},
): (event: Event) => Promise<Answer> {
  const { everyMs = 0, isUrgent, settled, now = Date.now } = options;
  let flushedAt = now();
  return async (event) => {
    try {
      return await handler(event);
    } finally {
      try {
        await settled?.();
      } finally {
        if (now() - flushedAt >= everyMs || isUrgent?.()) {
          flushedAt = now();
          flush();
        }
      }
    }
  };
}
