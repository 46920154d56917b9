import { ageText } from "./age-text.ts";
import type { CommandLine } from "./command-line.ts";
import type { Rule } from "./rule.ts";
import { MAX_TASKS, reportedAt, type ServiceFacts, TRIGGER_HOURS, type TriggeredTask } from "./service-facts.ts";
import { SINCE_THE_TRIGGER } from "./since-the-trigger.ts";
import { UP_TO_THE_TRIGGER } from "./up-to-the-trigger.ts";

/** Why a service is not profiled, or that it is; the first rule that holds is the likely reason. */
export interface Reason {
  readonly code: keyof typeof UP_TO_THE_TRIGGER | keyof typeof SINCE_THE_TRIGGER | "fired-earlier" | "nothing-measured";
  /** One sentence, with what to do. */
  readonly text: string;
}

/** What a rule has found. */
interface Found<Code> {
  readonly code: Code;
  readonly text: string;
}

/** The likely reason, as far as the facts tell; `commandLine` says how commands in it are typed. */
export function likelyReason(facts: ServiceFacts, commandLine: CommandLine): Reason {
  const { code, text } =
    firstOf(UP_TO_THE_TRIGGER, facts, commandLine) ??
    sinceItFired(firstOf(SINCE_THE_TRIGGER, facts, commandLine), facts) ??
    unexplained(facts);
  const sentence = text.slice(0, 1).toUpperCase() + text.slice(1);
  return { code, text: /[.?]$/.test(sentence) ? sentence : `${sentence}.` };
}

/** The first rule that holds. */
function firstOf<Code extends string>(
  rules: Readonly<Record<Code, Rule>>,
  facts: ServiceFacts,
  commandLine: CommandLine,
): Found<Code> | undefined {
  for (const [code, rule] of Object.entries<Rule>(rules) as [Code, Rule][]) {
    const text = rule(facts, commandLine);
    if (text !== undefined) return { code, text };
  }
  return undefined;
}

/** Whoever asks may know of an earlier trigger: says first that it is no news. */
function sinceItFired<Code>(found: Found<Code> | undefined, { tasks, now }: ServiceFacts): Found<Code> | undefined {
  const [newest] = tasks;
  if (found === undefined || newest === undefined) return found;
  return { ...found, text: `it last fired ${ageText(reportedAt(newest.task), now)}; since then: ${found.text}` };
}

/** Agents watch it, and none of its values is known. */
function unexplained(facts: ServiceFacts): Found<"fired-earlier" | "nothing-measured"> {
  const [newest] = facts.tasks;
  if (newest !== undefined) {
    return {
      code: "fired-earlier",
      text: `${firedText(facts, newest)}; what agents measure of it now is not known here`,
    };
  }
  const text =
    "agents watch its processes, but nothing that they measured is known here; see whether their continuous profiling " +
    `is active${serverAdvice(facts)}`;
  return { code: "nothing-measured", text };
}

function serverAdvice({ live }: ServiceFacts): string {
  if (live === undefined) return ", and ask the server with --server for values newer than five minutes";
  return live.values === undefined ? ", and why the server did not answer" : "";
}

/** For instance `it did fire, 3 times in the last 48 hours, last 5 min ago`. */
function firedText({ tasks, now }: ServiceFacts, newest: TriggeredTask): string {
  const times = tasks.length === 1 ? "once" : `${tasks.length >= MAX_TASKS ? "at least " : ""}${tasks.length} times`;
  return `it did fire, ${times} in the last ${TRIGGER_HOURS} hours, last ${ageText(reportedAt(newest.task), now)}`;
}
