import { setTimeout as delay } from "node:timers/promises";
import type { StageContext } from "./stage.ts";

const LOOK_MS = 500;

/** Waits until it is so, or there is no patience left: what is missing then shows in the verdicts. */
export async function waitUntil(
  { patience, signal }: Pick<StageContext, "patience" | "signal">,
  isSo: () => Promise<boolean> | boolean,
): Promise<void> {
  while (!(await isSo()) && performance.now() < patience && !signal.aborted) {
    await delay(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}
