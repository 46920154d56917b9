import type { Pause } from "../collectors/collector-health.ts";
import type { CommandLine } from "./command-line.ts";
import { shortText } from "./short-text.ts";

/** A collector that has gone without some of its events, as far as advice depends on it. */
export interface TroubledCollector {
  readonly name: string;
  /** Whether there is one of that name still. */
  readonly exists: boolean;
  readonly paused?: Pause | undefined;
  /** Whether any delivery to it is known to lie in the dead letters. */
  readonly hasDead: boolean;
}

/** What to do about a collector, in a line; undefined if nothing is to be done. */
export function collectorAdvice(
  { name, exists, paused, hasDead }: TroubledCollector,
  commandLine: CommandLine,
): string | undefined {
  const redrive = commandLine("deliveries redrive --collector", name);
  if (paused !== undefined) {
    const resume = commandLine("collectors resume", name);
    return `${name} is paused (${shortText(paused.reason)}): \`${resume}\`, then \`${redrive}\``;
  }
  if (!hasDead) return undefined;
  if (!exists) return `${name} was deleted: its dead deliveries can go only to a collector of that name`;
  return `${name} has dead deliveries: once it is mended, \`${redrive}\` sends them again`;
}
