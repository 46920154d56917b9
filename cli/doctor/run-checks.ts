import { withinTime } from "../../shared/aws/deadline.ts";
import { awayText } from "../../shared/diagnosis/away-text.ts";
import { Unavailable } from "../../shared/errors.ts";
import type { Check, Context, Finding } from "./check.ts";

/** A finding as it is told. */
export interface Told {
  readonly name: string;
  readonly status: Finding["status"];
  readonly detail: string;
  readonly advice: string | null;
}

/** How long one check may take, and all of them. */
const CHECK_MS = 8_000;
const ALL_MS = 18_000;

/**
 * Makes all checks at once, each as soon as those that it needs have ended.
 * @returns what came of each, in the order of the checks.
 */
export function runChecks(checks: readonly Check[], context: Context): Promise<Told[]>[] {
  const until = performance.now() + ALL_MS;
  /** Names of checks and parts of them that others cannot do without. */
  const broken = new Set<string>();
  const ended = new Map<string, Promise<Told[]>>();

  async function make({ name, needs = [], run }: Check): Promise<Told[]> {
    await Promise.all(needs.map((need) => ended.get(checkOf(need))));
    const missing = needs.map((need) => [need, checkOf(need)].find((each) => broken.has(each))).find(Boolean);
    if (missing !== undefined) {
      broken.add(name);
      return [{ name, status: "skipped", detail: `${missing} failed`, advice: null }];
    }
    const findings = await outcomeOf(name, () => run(context), Math.min(CHECK_MS, until - performance.now()));
    for (const { status, breaks = [name] } of findings)
      if (status === "failed") for (const part of breaks) broken.add(part);
    return findings.map(({ status, detail, advice = null }) => ({ name, status, detail, advice }));
  }

  return checks.map((check) => {
    const told = make(check);
    ended.set(check.name, told);
    return told;
  });
}

async function outcomeOf(
  name: string,
  run: () => Promise<readonly Finding[]>,
  patienceMs: number,
): Promise<readonly Finding[]> {
  try {
    if (patienceMs <= 0) throw new Unavailable("there was no time left for it");
    return await withinTime(name, Math.ceil(patienceMs), run);
  } catch (error) {
    return [{ status: "failed", detail: awayText(error) }];
  }
}

/** For instance `tables` of `tables/tokens`. */
function checkOf(need: string): string {
  return need.split("/")[0] ?? need;
}
