import { cpuTimeMs } from "./process-cpu.ts";

/** How busy the process was since the sample before. */
export interface CpuSample {
  /** In percent of one CPU. */
  percent: number;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface CpuSamples {
  /** Measures. The first call only takes the reading that the second compares with, and gives nothing. */
  take(): Promise<CpuSample | undefined>;
  /** What was measured lately, the oldest first. */
  readonly recent: readonly CpuSample[];
}

/** An hour's worth at one a second: more than policies look back. */
const KEPT = 3_600;

export function createCpuSamples(pid: number): CpuSamples {
  let recent: CpuSample[] = [];
  let before: { cpuMs: number; at: number } | undefined;
  return {
    async take() {
      const now = { cpuMs: await cpuTimeMs(pid), at: performance.now() };
      const last = before;
      before = now;
      if (last === undefined) return undefined;
      const sample = { percent: ((now.cpuMs - last.cpuMs) / (now.at - last.at)) * 100, at: Date.now() };
      recent = [...recent, sample].slice(-KEPT);
      return sample;
    },
    get recent() {
      return recent;
    },
  };
}
