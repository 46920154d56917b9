import type { LookupFunction } from "node:net";
import { sharedLookup } from "../../shared/egress/shared-lookup.ts";

type Callback = Parameters<LookupFunction>[2];

/** How long this resolver takes: for a name that is answered, and until it gives up one that is not. */
const QUICK_MS = 5;
export const GIVE_UP_MS = 10_000;

interface Asked {
  host: string;
  at: number;
  /** When it was called back, if it was. */
  endedAt?: number;
  error?: Error | null;
}

/** A resolver in a time of its own, behind a shared lookup. */
export function simulatedResolver({ timeoutMs = 3_000 } = {}) {
  let clock = 0;
  const silent = new Set<string>();
  const slow = new Map<string, number>();
  const underWay = new Set<{ host: string; at: number; endsAt: number; isAnswered: boolean; answer: Callback }>();
  /** Every lookup that was begun. */
  const begun: { host: string; at: number }[] = [];

  const lookup = sharedLookup(
    (host, _options, answer) => {
      const isAnswered = !silent.has(host);
      const takesMs = isAnswered ? (slow.get(host) ?? QUICK_MS) : GIVE_UP_MS;
      underWay.add({ host, at: clock, endsAt: clock + takesMs, isAnswered, answer });
      begun.push({ host, at: clock });
    },
    { timeoutMs, now: () => clock },
  );

  return {
    /** Names that are not answered from now on, and names that are answered after so many ms. */
    silent,
    slow,
    begun,
    hosts: () => [...underWay].map(({ host }) => host),
    now: () => clock,
    ask(host: string): Asked {
      const asked: Asked = { host, at: clock };
      lookup(host, { all: true }, (error) => {
        asked.endedAt = clock;
        asked.error = error;
      });
      return asked;
    },
    /** Lets time pass, and whoever is to be called back be called back. */
    async pass(ms: number): Promise<void> {
      await new Promise(setImmediate);
      const until = clock + ms;
      for (;;) {
        const [next] = [...underWay].sort((one, other) => one.endsAt - other.endsAt);
        if (next === undefined || next.endsAt > until) break;
        clock = next.endsAt;
        underWay.delete(next);
        if (next.isAnswered) next.answer(null, [{ address: "192.0.2.7", family: 4 }]);
        else next.answer(new Error("getaddrinfo EAI_AGAIN"), "", 0);
        await new Promise(setImmediate);
      }
      clock = until;
    },
  };
}
