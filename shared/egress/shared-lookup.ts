import type { LookupFunction } from "node:net";

type Callback = Parameters<LookupFunction>[2];

/**
 * Asks for a name once at a time; whoever asks meanwhile gets the same answer. Node resolves names in a few threads that
 * the whole process shares (Node.js docs, dns, "Implementation considerations"): without this, connections to one name
 * whose servers do not answer would hold up those to every other.
 */
export function sharedLookup(lookup: LookupFunction): LookupFunction {
  const waiting = new Map<string, Callback[]>();

  return (host, options, callback) => {
    const key = JSON.stringify([host, options.family, options.hints, options.all, options.order]);
    const others = waiting.get(key);
    if (others !== undefined) {
      others.push(callback);
      return;
    }
    const callbacks = [callback];
    waiting.set(key, callbacks);
    lookup(host, options, (...answer) => {
      waiting.delete(key);
      for (const answered of callbacks) answered(...answer);
    });
  };
}
