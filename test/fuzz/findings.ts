import { setTimeout as delay } from "node:timers/promises";
import { type Outcome, runCase } from "./drive.ts";
import type { LogWatch } from "./log-watch.ts";

/** Something that should not be, with what is needed to see it again. */
export interface Finding {
  /** Of the case; undefined for what no case alone is to blame for. */
  readonly index?: number;
  readonly target: string;
  readonly fault: string;
  readonly sent?: string;
}

/** What was found so far; each is shown at once. */
export interface Findings {
  add(finding: Finding): void;
  /** Looks at what came of a case, and whether something was logged meanwhile. */
  hear(outcome: Outcome, underWay: ReadonlySet<number>): void;
  /** Runs the cases that may be to blame for what was logged again, one by one, and adds what it comes to. */
  blame(): Promise<void>;
  readonly count: number;
}

/** Of a fault that stands in a log: how many cases are run again, and how long a line takes from there to here. */
const MOST_SUSPECTS = 300;
const LOG_MS = 10;

export function createFindings(options: {
  cases: Parameters<typeof runCase>[0];
  watch: LogWatch;
  print: (text: string) => void;
}): Findings {
  const { cases, watch, print } = options;
  const suspects = new Set<number>();
  let count = 0;

  function add({ index, target, fault, sent }: Finding): void {
    count++;
    const again =
      index === undefined ? "" : `\n  again: npm run fuzz -- --seed ${cases.seed} --case ${index}\n  sent: ${sent}`;
    print(`FOUND by ${target}: ${fault}${again}\n`);
  }

  /** The case that has something logged again when it runs alone, if there is one. */
  async function blamedFor(fault: string): Promise<Finding | undefined> {
    for (const index of [...suspects].slice(0, MOST_SUSPECTS)) {
      const { target, sent } = await runCase(cases, index);
      await delay(LOG_MS);
      if (watch.takeFault() !== undefined) return { index, target, fault, sent };
    }
    return undefined;
  }

  return {
    add,
    hear({ index, target, answer, sent }, underWay) {
      if (answer.fault !== undefined) add({ index, target, fault: answer.fault, sent });
      if (watch.hasFault()) for (const other of [...underWay, index]) suspects.add(other);
    },
    async blame() {
      for (let fault = watch.takeFault(); fault !== undefined; fault = watch.takeFault()) {
        const during = `${fault}\n  while these cases were under way: ${[...suspects].join(" ")}`;
        add((await blamedFor(fault)) ?? { target: "log", fault: suspects.size > 0 ? during : fault });
      }
      suspects.clear();
    },
    get count() {
      return count;
    },
  };
}
