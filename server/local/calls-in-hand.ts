import type { IncomingMessage, Server, ServerResponse } from "node:http";

export interface CallsInHand {
  /** Refuses further calls, and waits until those taken are answered, for `limitMs` at most. */
  finish(limitMs: number): Promise<void>;
}

/**
 * Counts the calls that dynalite has taken and not yet answered, whether or not their callers are still there: it works
 * on, and what it then reads of a closed store it throws, which ends the process. The same goes for a caller that breaks
 * off within a request; here that is the caller's affair. For a server whose listeners are in place.
 */
export function countCalls(server: Server): CallsInHand {
  let inHand = 0;
  let closing = false;
  let lastAnswered = (): void => {};
  server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    request.once("end", () => {
      if (response.writableEnded) return; // refused before dynalite saw it
      inHand++;
      const end = response.end;
      response.end = ((...given: Parameters<typeof end>) => {
        response.end = end;
        if (--inHand === 0) lastAnswered();
        return response.end(...given);
      }) as typeof end;
    });
  });
  server.on("request", (request: IncomingMessage) => {
    request.removeAllListeners("error"); // dynalite's own, which throws
    request.on("error", () => {});
    if (closing) request.destroy();
  });
  return {
    finish(limitMs) {
      closing = true;
      if (inHand === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const limit = setTimeout(resolve, limitMs);
        lastAnswered = () => {
          clearTimeout(limit);
          resolve();
        };
      });
    },
  };
}
