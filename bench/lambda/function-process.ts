/**
 * A function in a process of its own, as Lambda has it: one event after the other, each a fresh object. What the process
 * uses is the function's, garbage collection and compiling included; the events are read while nothing is counted, since
 * that is Lambda's own work.
 */
import { clockWithoutResends } from "../unchanged-poll.ts";
import { allocatedBytes } from "./allocated-bytes.ts";

/** What the process is asked to do; it answers with Worked. */
export interface Work {
  /** As JSON; handled in order. */
  readonly events: readonly string[];
  /** Handles them again and again until that much time was counted; else each once. */
  readonly forMs?: number;
  /** What all are answered, as JSON; another answer is an error. */
  readonly expected?: string;
  /** Says what is allocated too; that takes some time, so a piece of work that is timed goes without. */
  readonly countsAllocation?: boolean;
}

export interface Worked {
  readonly handled: number;
  readonly elapsedMs: number;
  readonly processorUs: number;
  /** On V8's heap; NaN if it was not asked for. */
  readonly allocated: number;
  /** The last that was answered, as JSON. */
  readonly last: string;
  readonly error?: string;
}

/** Of a function behind a URL; what others answer has nothing of it. */
type Answer = { statusCode?: number; body?: string };

/** Few enough that the events of a batch, which lie there beforehand, are hardly seen by the garbage collector. */
const BATCH = 200;

// Before the function is loaded, which takes its time: whoever started this may end meanwhile.
process.once("disconnect", () => process.exit());
const { performance: clock } = globalThis;
// Before the function is loaded, which takes its time from here.
const { now } = Date;
if (process.argv[3] === "without-resends") Date.now = () => clockWithoutResends(now());
const { handler } = await import(process.argv[2] ?? "");

async function work({ events, forMs = 0, expected, countsAllocation = false }: Work): Promise<Worked> {
  let handled = 0;
  let elapsedMs = 0;
  let processorUs = 0;
  let allocated = countsAllocation ? 0 : Number.NaN;
  let last: Answer = {};

  async function handle(batch: readonly unknown[]): Promise<void> {
    for (const event of batch) {
      last = await handler(event);
      if (expected !== undefined) check(last, expected);
    }
  }
  async function count(texts: readonly string[]): Promise<void> {
    const batch = texts.map((text) => JSON.parse(text));
    const processor = process.cpuUsage();
    const from = clock.now();
    if (countsAllocation) allocated += await allocatedBytes(() => handle(batch));
    else await handle(batch);
    elapsedMs += clock.now() - from;
    const { user, system } = process.cpuUsage(processor);
    processorUs += user + system;
    handled += batch.length;
  }

  const round =
    events.length >= BATCH ? events : Array.from({ length: BATCH }, (_, at) => events[at % events.length] ?? "");
  do {
    const all = forMs > 0 ? round : events;
    for (let from = 0; from < all.length; from += BATCH) await count(all.slice(from, from + BATCH));
  } while (elapsedMs < forMs);
  return { handled, elapsedMs, processorUs, allocated, last: JSON.stringify(last) };
}

/** Cheap, since it is counted: an answer that is not the usual one is looked at no further. */
function check(answer: Answer, expected: string): void {
  if (answer.statusCode !== 200 || answer.body !== expected) throw new Error(`answered ${JSON.stringify(answer)}`);
}

process.on("message", (asked: Work) => {
  work(asked).then(
    (worked) => process.send?.(worked),
    (error) => process.send?.({ error: String(error) }),
  );
});
process.send?.("ready");
