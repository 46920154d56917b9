import { ASSUMED } from "./assumptions.ts";

/** One call of a function. */
export interface LambdaCall {
  /** Processor time of the handler, as measured where it had a processor to itself. */
  readonly processorMicros: number;
  /** In which it waits for others. */
  readonly waitMillis?: number;
}

/**
 * How long a call takes in a function with so much memory, in ms. A function has as much of a processor as it has memory,
 * so that less memory makes the same work longer, and waiting not.
 */
export function callMillis(memoryMb: number, { processorMicros, waitMillis = 0 }: LambdaCall): number {
  const slower = Math.max(1, ASSUMED.megabytesPerVcpu / memoryMb);
  return ((processorMicros + ASSUMED.runtimeMicros) / 1_000) * slower + waitMillis;
}

/**
 * What a call is billed for on average, at most, in GB-seconds. Calls differ, and each is billed for the millisecond that it
 * has started, so that the mean of what is billed is less than a millisecond above the mean of what they take.
 */
export function billedGbSeconds(memoryMb: number, call: LambdaCall): number {
  return (memoryMb / 1_024) * ((callMillis(memoryMb, call) + ASSUMED.roundingMillis) / 1_000);
}

/**
 * How many instances stay warm for calls that come at random: as many as run at once at a peak, since one that has run is
 * kept for minutes. 0 for no calls.
 */
export function warmInstances(callsPerSecond: number, millisPerCall: number): number {
  if (callsPerSecond === 0) return 0;
  const atOnce = (callsPerSecond * millisPerCall) / 1_000;
  return Math.ceil(atOnce + ASSUMED.peakDeviations * Math.sqrt(atOnce));
}
