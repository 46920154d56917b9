/**
 * The same handler, which flushes once it has answered or failed.
 * @param everyMs how long it waits from one flush to the next, and from here to the first. Nothing flushes between calls:
 * Lambda stops an instance's clock then.
 */
export function flushAfter<Event, Answer>(
  handler: (event: Event) => Promise<Answer>,
  flush: () => void,
  { everyMs = 0, now = Date.now }: { everyMs?: number; now?: () => number } = {},
): (event: Event) => Promise<Answer> {
  let flushedAt = now();
  return async (event) => {
    try {
      return await handler(event);
    } finally {
      if (now() - flushedAt >= everyMs) {
        flushedAt = now();
        flush();
      }
    }
  };
}
