import { setTimeout as delay } from "node:timers/promises";
import { errorText } from "../../shared/errors.ts";
import type { Stage, StageContext, Verdict } from "./stage.ts";

/** How long a stage that was told to stop may take to do so. */
const STOP_MS = 10_000;

/**
 * Runs a stage and ends what it has started, whatever happens.
 * @throws the reason of the signal if it aborts before the stage is done.
 */
export async function runStage(stage: Stage, context: Omit<StageContext, "atEnd">): Promise<readonly Verdict[]> {
  const { signal, tell } = context;
  const steps: (() => Promise<void> | void)[] = [];
  const running = stage.run({ ...context, atEnd: (step) => void steps.push(step) });
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([running, aborted]);
  } finally {
    // It may be about to start something.
    await Promise.race([running.catch(() => {}), delay(STOP_MS)]);
    for (const step of steps.reverse()) {
      try {
        await step();
      } catch (error) {
        tell(`not ended in good order: ${errorText(error)}`);
      }
    }
  }
}
