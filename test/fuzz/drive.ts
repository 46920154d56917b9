import { errorText } from "../../shared/errors.ts";
import { createRandom, type Random } from "./random.ts";
import type { Answer, Target } from "./target.ts";

/** Cases under way at once. */
const AT_ONCE = 64;
/** What is not answered or ended by then hangs. A case that waits for the server's own limits of time ends itself. */
const HANG_MS = 15_000;

/** What came of one case. */
export interface Outcome {
  readonly index: number;
  readonly target: string;
  readonly answer: Answer;
  readonly sent: string;
}

/** Which target a case is for hangs on its seed and index alone, and on what targets there are. */
function choose(targets: readonly Target[], random: Random): Target {
  let left = random.number() * targets.reduce((sum, { weight }) => sum + weight, 0);
  const chosen = targets.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  return chosen ?? (targets.at(-1) as Target);
}

/** Runs one case. Never throws. */
export async function runCase(
  options: { targets: readonly Target[]; seed: string; only?: string | undefined },
  index: number,
): Promise<Outcome> {
  const { targets, seed, only } = options;
  const random = createRandom(seed, index);
  const chosen = choose(targets, random);
  const target = targets.find(({ name }) => name === only) ?? chosen;
  let sent = "";
  let hanging: NodeJS.Timeout | undefined;
  const hang = new Promise<Answer>((resolve) => {
    const answer = { kind: "hung", fault: `neither answered nor ended within ${HANG_MS} ms` };
    hanging = setTimeout(resolve, HANG_MS, answer);
  });
  const running = target.run(random, index, (what) => {
    sent = what;
  });
  try {
    const answer = await Promise.race([running, hang]);
    return { index, target: target.name, answer, sent };
  } catch (error) {
    return { index, target: target.name, answer: { kind: "failed", fault: errorText(error) }, sent };
  } finally {
    clearTimeout(hanging);
  }
}

/**
 * Runs the cases from `from` up to `to`, many at once. Returns once all that began have ended.
 * @param options.underWay holds the cases that have begun and not ended.
 * @param isOver asked before each case.
 * @param hear is told what came of each case while it still counts as under way.
 */
export async function runCases(
  options: Parameters<typeof runCase>[0] & { from: number; to: number; underWay: Set<number> },
  isOver: () => boolean,
  hear: (outcome: Outcome) => void,
): Promise<void> {
  const { to, underWay } = options;
  let next = options.from;
  const work = async (): Promise<void> => {
    while (next < to && !isOver()) {
      const index = next++;
      underWay.add(index);
      hear(await runCase(options, index));
      underWay.delete(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
