import { setTimeout as delay } from "node:timers/promises";

/** What a load process is asked to do; it answers with LoadResult. */
export interface LoadRequest {
  port: number;
  path: string;
  /** Beside those that the protocol itself takes. */
  headers: Readonly<Record<string, string>>;
  /** The request body in base64: the same for every call. */
  body: string;
  /** The response body that every call must have, in base64. */
  expected: string;
  connections: number;
  /** Calls kept open, over all connections. */
  inFlight: number;
  /** Calls are made for this long before any is counted. */
  warmUpMs: number;
  measureMs: number;
}

export interface LoadResult {
  counted: number;
  /** With those before and after the counted time. */
  all: number;
  /** What really passed between the first counted call and the last. */
  elapsedMs: number;
}

/** Connections that calls can be made on. */
export interface Calling {
  /** Makes a call in one of `inFlight` places; throws, in its own turn, unless the answer is the one that is expected. */
  call(place: number, answered: () => void): void;
  close(): void;
}

/**
 * Does as the parent asks, and ends: each place makes a call as soon as its last one was answered. So a server is asked
 * as fast as it answers, and no faster: what is measured is throughput, never latency. Meanwhile the load never sleeps. To
 * wake it up would cost whoever writes to it, on a virtual machine as much as a third of a poll, and more often the slower
 * of two servers, which lets it sleep; an agent is on another machine, and costs none of that.
 */
export function serveLoad(open: (request: LoadRequest) => Promise<Calling>): void {
  process.once("message", async (request: LoadRequest) => {
    process.send?.(await load(request, await open(request)), () => process.disconnect());
  });
  process.once("disconnect", () => process.exit());
}

async function load({ inFlight, warmUpMs, measureMs }: LoadRequest, calling: Calling): Promise<LoadResult> {
  let calls = 0;
  let open = 0;
  let stopped = false;
  const makeCalls = (place: number): void => {
    const answered = (): void => {
      calls++;
      if (stopped) open--;
      else calling.call(place, answered);
    };
    open++;
    calling.call(place, answered);
  };
  const stayAwake = (): void => {
    if (!stopped) setImmediate(stayAwake);
  };
  stayAwake();
  for (let place = 0; place < inFlight; place++) makeCalls(place);
  await delay(warmUpMs);

  const before = { calls, at: performance.now() };
  await delay(measureMs);
  const counted = calls - before.calls;
  const elapsedMs = performance.now() - before.at;

  stopped = true;
  while (open > 0) await delay(5);
  calling.close();
  return { counted, all: calls, elapsedMs };
}
