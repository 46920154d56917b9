import { awayText } from "../../shared/diagnosis/away-text.ts";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { errorText } from "../../shared/errors.ts";
import type { Line, Shown, Sources } from "./line.ts";
import { agents } from "./lines/agents.ts";
import { collectors } from "./lines/collectors.ts";
import { deadLetters } from "./lines/dead-letters.ts";
import { deliveries } from "./lines/deliveries.ts";
import { door } from "./lines/door.ts";
import { engines } from "./lines/engines.ts";
import { policies } from "./lines/policies.ts";
import { tasks } from "./lines/tasks.ts";
import { tokens } from "./lines/tokens.ts";
import { withinPatience } from "./patience.ts";

/** A line that was looked at. */
export interface SeenLine {
  readonly name: string;
  /** What --json prints: the line's facts; null if there are none. */
  readonly facts: unknown;
  /** Why there are none. */
  readonly away?: string;
  readonly shown: Shown;
}

type Look = (sources: Sources, commandLine: CommandLine) => Promise<SeenLine>;

/** The screen, from top to bottom. */
const LINES: readonly Look[] = [
  looking(door),
  looking(engines),
  looking(policies),
  looking(agents),
  looking(collectors),
  looking(tokens),
  looking(tasks),
  looking(deliveries),
  looking(deadLetters),
];

/** Looks at everything at once: one that is away holds up no other. */
export function lookAtAll(sources: Sources, commandLine: CommandLine): Promise<SeenLine[]> {
  return Promise.all(LINES.map((look) => look(sources, commandLine)));
}

function looking<Facts>({ name, gather, show }: Line<Facts>): Look {
  return async (sources, commandLine) => {
    try {
      const facts = await withinPatience(name, () => gather(sources));
      return { name, facts, shown: show(facts, { now: sources.now, commandLine }) };
    } catch (error) {
      const shown: Shown = { state: "bad", text: `away: ${awayText(error)}`, advice: commandLine("doctor") };
      return { name, facts: null, away: errorText(error), shown };
    }
  };
}
