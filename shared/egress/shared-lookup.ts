import type { LookupFunction } from "node:net";
import { createNameStanding } from "./name-standing.ts";

type Callback = Parameters<LookupFunction>[2];

/**
 * What libuv gives to lookups: half of its four threads (uv__work_submit, UV__WORK_SLOW_IO). More would only wait in its
 * queue, before those of the AWS SDK.
 */
const MAX_UNDER_WAY = 2;
/** As many names wait for their turn. */
const MAX_NAMES = 1_000;

interface Lookup {
  callbacks: Callback[];
  /** When it was asked for and, once it is under way, when it began; ms like `now`. */
  since: number;
  isUnderWay: boolean;
  /** Of a name that is to have no more than one thread. */
  isSuspect(): boolean;
  begin(): void;
}

interface SharedLookupOptions {
  /** After how long an answer is too late. The lookup goes on for as long as the resolver wants: nothing can end it. */
  timeoutMs: number;
  /** Milliseconds, monotonic. */
  now?: () => number;
}

/**
 * Keeps names whose servers do not answer from holding up the others: Node resolves all names of a process in a few
 * threads (Node.js docs, dns, "Implementation considerations"), so make one of it for a process. It asks for a name once
 * at a time, and whoever asks meanwhile gets the same answer. A name that was not answered in time fails at once for a
 * minute. From then on, until it is answered quickly, it is asked for only while nothing else is: so such names take one
 * thread together, however many they are. A name keeps its turn when all who asked for it have given up.
 *
 * What is left: nobody knows of a name that it will be silent before it is. Each such name takes one of the two threads
 * once, until the resolver gives up (10 s for one server, resolv.conf(5)); of n at a time the last is through after n/2
 * times as long, and connections to names that need resolving meanwhile may have to be tried again.
 */
export function sharedLookup(lookup: LookupFunction, options: SharedLookupOptions): LookupFunction {
  const { timeoutMs, now = () => performance.now() } = options;
  const standing = createNameStanding({ timeoutMs, now });
  /** Those that wait, in their order, and those that are under way. */
  const lookups = new Map<string, Lookup>();
  let underWay = 0;

  function beginNext(): void {
    for (const next of lookups.values()) {
      if (!next.isUnderWay && underWay < (next.isSuspect() ? 1 : MAX_UNDER_WAY)) next.begin();
    }
  }

  return (host, lookupOptions, callback) => {
    const fail = (problem: string): void => process.nextTick(callback, new Error(problem), "", 0);
    const { family, hints, all, order } = lookupOptions;
    const key = JSON.stringify([host, family, hints, all, order]);
    const asked = lookups.get(key);
    const isLate = asked !== undefined && now() - asked.since >= timeoutMs;
    if (standing.isSilent(host) || (isLate && asked.isUnderWay)) {
      return fail(`the name servers of ${host} did not answer within ${timeoutMs} ms`);
    }
    if (isLate || (asked === undefined && lookups.size >= MAX_NAMES)) {
      return fail(`${host} cannot be resolved before other names, whose name servers do not answer`);
    }
    if (asked !== undefined) {
      asked.callbacks.push(callback);
      return;
    }
    const asking: Lookup = {
      callbacks: [callback],
      since: now(),
      isUnderWay: false,
      isSuspect: () => standing.isSuspect(host),
      begin() {
        asking.isUnderWay = true;
        asking.since = now();
        underWay++;
        lookup(host, lookupOptions, (...answer) => {
          lookups.delete(key);
          underWay--;
          standing.ended(host, { tookMs: now() - asking.since, hasAnswer: answer[0] === null });
          for (const answered of asking.callbacks) answered(...answer);
          beginNext();
        });
      },
    };
    lookups.set(key, asking);
    beginNext();
  };
}
