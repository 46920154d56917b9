import { createHash } from "node:crypto";

/** How often an agent polls. */
export const POLL_MS = 10_000;

/** When in its ten seconds each agent polls, in ms, in order; the same for the same seed. */
export function pollPhases(agents: number, seed: string): number[] {
  return Array.from({ length: agents }, (_, agent) => POLL_MS * fraction(`${seed} ${agent}`)).sort((a, b) => a - b);
}

/** Every poll from `fromMs` until before `toMs`, in order of time, as agents with these phases make them. */
export function* pollsInOrder(
  phases: readonly number[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Generator<{ readonly atMs: number; readonly agent: number }> {
  for (let turnMs = Math.floor(fromMs / POLL_MS) * POLL_MS; turnMs < toMs; turnMs += POLL_MS) {
    for (const [agent, phaseMs] of phases.entries()) {
      const atMs = turnMs + phaseMs;
      if (atMs >= fromMs && atMs < toMs) yield { atMs, agent };
    }
  }
}

/** From 0 up to 1, by chance, but always the same for a text. */
export function fraction(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}
