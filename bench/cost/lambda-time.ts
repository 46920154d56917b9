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
 * How many instances stay warm for calls that come at random. As many are busy at once as Poisson has it, whose mean is rate
 * times duration. A call that finds all of them busy starts another one, and that stays if it happens again before it is
 * given up: so there are as many as leave less than one such call in that time.
 */
export function warmInstances(callsPerSecond: number, millisPerCall: number): number {
  if (callsPerSecond === 0) return 0;
  const mean = (callsPerSecond * millisPerCall) / 1_000;
  const calls = callsPerSecond * ASSUMED.warmMinutes * 60;
  let instances = 1;
  // By logarithms, since the share of time with none busy is too small for a number where a thousand are.
  let log = -mean;
  let withFewerBusy = Math.exp(log);
  while (calls * (1 - withFewerBusy) >= 1) {
    log += Math.log(mean / instances);
    withFewerBusy += Math.exp(log);
    instances++;
  }
  return instances;
}
