import { setTimeout as delay } from "node:timers/promises";
import { type Chance, whole } from "./chance.ts";
import type { ServerUnderFire } from "./server-under-fire.ts";

const LOOK_MS = 20;
const HESITATION_MS = 500;
/** The last kill comes before the last reports. */
const LAST_PART = 0.95;

/**
 * Kills and restarts the server at random moments, spread over the reports.
 * @param progress which part of the reports has its answer, from 0 to 1.
 */
export async function killWhile(options: {
  server: ServerUnderFire;
  kills: number;
  progress: () => number;
  chance: Chance;
  signal: AbortSignal;
  tell: (line: string) => void;
}): Promise<void> {
  const { server, kills, progress, chance, signal, tell } = options;
  for (let kill = 0; kill < kills; kill++) {
    const moment = ((kill + chance("kill", kill)) / kills) * LAST_PART;
    while (progress() < moment && !signal.aborted) await delay(LOOK_MS);
    await delay(whole(chance("hesitation", kill), 0, HESITATION_MS), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const at = Math.round(progress() * 100);
    const from = performance.now();
    await server.killAndRestart();
    tell(
      `kill ${kill + 1} of ${kills} at ${at} % of the reports; up again after ${Math.round(performance.now() - from)} ms`,
    );
  }
}
