import type { Profiler } from "node:inspector";
import { errorText } from "../../shared/errors.ts";

/** V8's CPU profiler in another Node process, driven through that process's inspector. */
export interface NodeProfiler {
  /** From here on it samples. */
  start(): Promise<void>;
  /** What was sampled since the start or the last flush. Sampling goes on. */
  flush(): Promise<Profiler.Profile>;
  /** Ends the sampling too. */
  close(): void;
}

interface Answer {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

/** How long the process may take to answer; it is busy, but V8 interrupts it. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Stands for the opening of the connection among the ids of calls. */
const OPENING = 0;

/**
 * @param url of the inspector, `ws://…`.
 * @param periodMicros time between two samples.
 * @throws if the inspector cannot be reached or does not answer in time; so do the profiler's own calls.
 */
export async function connectNodeProfiler(url: string, periodMicros: number): Promise<NodeProfiler> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = OPENING;

  /** What arrives under that id, within a bound of time. */
  async function arrival(id: number, what: string): Promise<unknown> {
    const arriving = Promise.withResolvers<unknown>();
    waiting.set(id, arriving);
    const timer = setTimeout(() => {
      arriving.reject(new Error(`no answer to ${what} within ${ANSWER_TIMEOUT_MS} ms`));
    }, ANSWER_TIMEOUT_MS);
    try {
      return await arriving.promise;
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  }

  function failAll(reason: string): void {
    for (const { reject } of waiting.values()) reject(new Error(reason));
  }

  socket.addEventListener("open", () => waiting.get(OPENING)?.resolve(undefined));
  socket.addEventListener("message", ({ data }) => {
    const { id = -1, result, error }: Answer = JSON.parse(String(data)); // without an id it is an event
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(`it refused: ${error.message}`));
  });
  socket.addEventListener("error", () => failAll("the connection failed"));
  socket.addEventListener("close", () => failAll("the connection was closed"));

  async function call<T>(method: string, params: object = {}): Promise<T> {
    if (socket.readyState !== WebSocket.OPEN) throw new Error("the connection is closed");
    const id = ++lastId;
    socket.send(JSON.stringify({ id, method, params }));
    return (await arrival(id, method)) as T;
  }

  /** Tells what it was about if something fails; whoever reads it may not know of any inspector. */
  async function profiling<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      socket.close();
      throw new Error(`the process cannot be profiled through its inspector at ${url}: ${errorText(error)}`);
    }
  }

  await profiling(async () => {
    await arrival(OPENING, "the request to connect");
    await call("Profiler.enable");
    await call("Profiler.setSamplingInterval", { interval: periodMicros });
  });
  return {
    start: () => profiling(() => call("Profiler.start")),
    flush: () =>
      profiling(async () => {
        const { profile } = await call<Profiler.StopReturnType>("Profiler.stop");
        await call("Profiler.start");
        return profile;
      }),
    close: () => socket.close(),
  };
}
