import { linearFit } from "../linear-fit.ts";
import type { Account } from "./account.ts";

/** A queue that grows by less than this share of the reports has kept up: in a minute, 0.6 s of them are left. */
const GROWTH = 0.01;
/** What a short probe, whose line is less certain, may seem to grow. */
const GROWTH_OF_PROBE = 0.05;
/** So many seconds' reports may be on their way at the end: a queue that grew at first and then stood still is one too. */
const LEFT_SECONDS = 1;

/** By how much a second the reports that have not arrived become more, as a share of the rate. */
export function growth({ backlog }: Pick<Account, "backlog">, rate: number): number {
  return (linearFit(backlog).slope * 1_000) / rate;
}

/**
 * Whether a rate was held: every report was answered and arrived, and those on their way did not become more and more.
 * @param isProbe for seconds instead of a minute.
 */
export function isHeld(account: Account, rate: number, { isProbe = false } = {}): boolean {
  const { sent, answered, arrived, backlog } = account;
  if (answered < sent || arrived < sent) return false;
  const [, left = 0] = backlog.at(-1) ?? [];
  if (left > rate * LEFT_SECONDS) return false;
  return growth(account, rate) <= (isProbe ? GROWTH_OF_PROBE : GROWTH);
}
