import { setTimeout as delay } from "node:timers/promises";
import { isRpcFailure } from "./grpc-caller.ts";

export interface LoopOptions {
  signal: AbortSignal;
  /** Hears of every failed call; the loop goes on. */
  onFailure: (error: Error) => void;
}

/**
 * Takes a turn at once and then every `everyMs`, or as soon as the one before has ended. A turn whose call fails is
 * tried again when the next is due, as Rover does it.
 * @returns what a turn gives, or undefined once the signal has aborted.
 * @throws whatever else a turn throws: an answer that cannot be used would harm a real agent.
 */
export async function repeat<T>(
  everyMs: number,
  turn: () => Promise<T | undefined>,
  options: LoopOptions,
): Promise<T | undefined> {
  const { signal } = options;
  let dueAt = performance.now();
  while (!signal.aborted) {
    const given = await attempt(turn, options);
    if (given !== undefined) return given;
    dueAt = Math.max(dueAt + everyMs, performance.now());
    await pauseUntil(dueAt, signal);
  }
  return undefined;
}

/** One turn: undefined if its call failed, and somebody has heard of it. */
export async function attempt<T>(
  turn: () => Promise<T | undefined>,
  { onFailure }: Pick<LoopOptions, "onFailure">,
): Promise<T | undefined> {
  try {
    return await turn();
  } catch (error) {
    if (!isRpcFailure(error)) throw error;
    onFailure(error);
    return undefined;
  }
}

/** Waits until that moment on the clock of `performance.now()`, or until the signal aborts. */
export async function pauseUntil(moment: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, moment - performance.now()), undefined, { signal }).catch(() => {});
}
