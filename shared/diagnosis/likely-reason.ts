import type { Delivery } from "../deliveries/delivery.ts";
import { describeFault } from "../errors.ts";
import { targetName } from "../tasks/task.ts";
import { ageText } from "./age-text.ts";
import { checkedValues, type MeasuredCheck, measuredChecks } from "./checked-values.ts";
import { amountText, MONITOR_TEXTS, ofUri } from "./monitor-text.ts";
import { MAX_TASKS, reportedAt, type ServiceFacts, TRIGGER_HOURS, type TriggeredTask } from "./service-facts.ts";
import { similarName } from "./similar-name.ts";

/** Why a service is not profiled, or that it is; the first rule that holds is the likely reason. */
export interface Reason {
  readonly code: keyof typeof UP_TO_THE_TRIGGER | keyof typeof SINCE_THE_TRIGGER | "fired-earlier" | "nothing-measured";
  /** One sentence, with what to do. */
  readonly text: string;
}

/** @returns the sentence without its capital and its full stop, or undefined if the rule does not hold. */
type Rule = (facts: ServiceFacts) => string | undefined;

/** What a rule has found. */
interface Found<Code> {
  readonly code: Code;
  readonly text: string;
}

const MINUTE_MS = 60_000;
/** How long an agent leaves a process alone that it has reported. */
const LEFT_ALONE_MS = 20 * MINUTE_MS;
/** An agent polls every 10 s; twice that, and it has a new policy. */
const POLL_MS = 20_000;

/** Statuses of deliveries whose collector has gone without, for now or for good. */
const STUCK: readonly Delivery["status"][] = ["retrying", "dead", "dropped"];

/** What stands in the way of everything, and what became of the newest trigger. */
const UP_TO_THE_TRIGGER = {
  "no-policy": (facts) => {
    if (facts.policy !== undefined) return undefined;
    const { serviceName, otherPolicies, heardServices, tasks, now } = facts;
    const [newest] = tasks;
    const none = `there is no policy for ${serviceName}`;
    const advice = `\`policies set ${serviceName} -f FILE\` makes one`;
    if (newest !== undefined) {
      if (!isLeftAlone(newest, now)) return `${none}; ${advice}`;
      return `${none}, yet it fired ${ageText(reportedAt(newest.task), now)}: an agent may still hold an older policy; ${advice}`;
    }
    const other = similarName(serviceName, otherPolicies);
    if (other !== undefined) return `${none}; there is one for ${other}: is that the one?`;
    const watched = heardServices.includes(serviceName) ? undefined : similarName(serviceName, heardServices);
    return watched === undefined ? `${none}; ${advice}` : `${none}; agents do watch ${watched}: is that the one?`;
  },
  "invalid-policy": ({ policy }) => {
    if (policy?.state !== "invalid") return undefined;
    const [fault] = policy.faults;
    return `the policy is invalid, so no agent gets it: ${fault === undefined ? "it cannot be read" : describeFault(fault)}`;
  },
  "fired-not-delivered": (facts) => {
    const { tasks, now } = facts;
    const [newest] = tasks;
    if (newest === undefined || isOvertaken(newest, facts)) return undefined;
    const stuck = new Map(deliveriesOf(newest, facts).filter(([, { status }]) => STUCK.includes(status)));
    const [first] = stuck;
    if (first === undefined) return undefined;
    const [collector, { status, lastError = "no reason noted" }] = first;
    const others = stuck.size > 1 ? ` and ${stuck.size - 1} more` : "";
    return (
      `it did fire, last ${ageText(reportedAt(newest.task), now)}, but collector ${collector}${others} did not get ` +
      `everything: ${others && `${collector} `}${status}, ${lastError}`
    );
  },
  "fired-nobody-listens": (facts) => {
    const { tasks, collectors, now } = facts;
    const [newest] = tasks;
    if (newest === undefined || isOvertaken(newest, facts) || deliveriesOf(newest, facts).length > 0) return undefined;
    if (collectors.tasks.length > 0 || collectors.profiles.length > 0) return undefined;
    const when = ageText(reportedAt(newest.task), now);
    return `it did fire, last ${when}, but no collector takes its tasks or profiles; \`collectors set\` adds one`;
  },
  fired: (facts) => {
    const { tasks, now } = facts;
    const [newest] = tasks;
    if (newest === undefined || !isLeftAlone(newest, now) || isCutOff(facts)) return undefined;
    const { processName, instanceName } = newest.task;
    return (
      `it did fire, ${targetName(newest.task)} for ${processName} in ${instanceName}, last ` +
      `${ageText(reportedAt(newest.task), now)}; an agent leaves that process alone for ${LEFT_ALONE_MS / MINUTE_MS} minutes`
    );
  },
} satisfies Record<string, Rule>;

/** Why it does not fire, whether it has before or not: from what is missing first to what is missing last. */
const SINCE_THE_TRIGGER = {
  "no-agent": ({ heardAgents, silentAgents }) =>
    heardAgents === 0 && silentAgents.length === 0
      ? "no agent has been heard in the last ten minutes; agents must reach the gRPC port, 11800 by default"
      : undefined,
  "agents-silent": (facts) => {
    if (!isCutOff(facts)) return undefined;
    const { silentAgents, now } = facts;
    const latest = Math.max(...silentAgents.map(({ seenAt }) => Date.parse(seenAt)));
    const [whom, them] =
      silentAgents.length === 1
        ? ["the agent that watched it was", "it still runs"]
        : [`the ${silentAgents.length} agents that watched it were`, "they still run"];
    return `${whom} last heard ${ageText(latest, now)}; see whether ${them}`;
  },
  "not-watched": ({ agents, heardServices, serviceName }) => {
    if (agents.length > 0) return undefined;
    const similar = similarName(serviceName, heardServices);
    return similar === undefined
      ? `no agent watches a process of ${serviceName}; services get their names from the agents' process discovery`
      : `no agent watches a process of ${serviceName}; one does watch ${similar}: is that the one?`;
  },
  "not-profilable": ({ agents }) => {
    const processes = agents.flatMap((agent) => agent.processes);
    return processes.length > 0 && processes.every(({ profilable }) => profilable === false)
      ? "agents say that they cannot profile any of its processes; their programs may lack symbols"
      : undefined;
  },
  "policy-too-new": (facts) => {
    const { policy, now } = facts;
    if (policy?.state !== "valid") return undefined;
    const age = now - Date.parse(policy.policy.updatedAt);
    const soonest = Math.min(...checkedValues(facts).map(({ count }) => count * 1_000));
    const least = POLL_MS + (Number.isFinite(soonest) ? soonest : 0);
    if (!(age < least)) return undefined;
    return `the policy is ${seconds(age)} old; it takes up to ${seconds(least)} until it can fire`;
  },
  "below-threshold": (facts) => {
    const known = measuredChecks(facts);
    if (known.length === 0 || known.some(isOver)) return undefined;
    const closest = known.reduce((a, b) => (shareOf(b) > shareOf(a) ? b : a));
    const { what, value, threshold, where } = inWords(closest);
    return `nothing crossed its threshold: closest is ${what}, last at ${value} of ${threshold} in ${where}`;
  },
  "not-long-enough": (facts) => {
    const over = measuredChecks(facts).find(isOver);
    if (over === undefined) return undefined;
    const { what, value, threshold, where } = inWords(over);
    return (
      `${what} is at ${value} in ${where}, over its threshold of ${threshold}, but has not been reported: it must be ` +
      `there in ${over.count} of ${over.period} seconds`
    );
  },
} satisfies Record<string, Rule>;

/** The likely reason, as far as the facts tell. */
export function likelyReason(facts: ServiceFacts): Reason {
  const { code, text } =
    firstOf(UP_TO_THE_TRIGGER, facts) ?? sinceItFired(firstOf(SINCE_THE_TRIGGER, facts), facts) ?? unexplained(facts);
  const sentence = text.slice(0, 1).toUpperCase() + text.slice(1);
  return { code, text: /[.?]$/.test(sentence) ? sentence : `${sentence}.` };
}

/** The first rule that holds. */
function firstOf<Code extends string>(
  rules: Readonly<Record<Code, Rule>>,
  facts: ServiceFacts,
): Found<Code> | undefined {
  for (const [code, rule] of Object.entries<Rule>(rules) as [Code, Rule][]) {
    const text = rule(facts);
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

/** Whether the agent still leaves alone what it has reported. */
function isLeftAlone({ task }: TriggeredTask, now: number): boolean {
  return now - reportedAt(task) < LEFT_ALONE_MS;
}

/** Whether every agent that watched the service has gone silent: nothing can fire until one is back. */
function isCutOff({ agents, silentAgents }: ServiceFacts): boolean {
  return agents.length === 0 && silentAgents.length > 0;
}

/** Whether what became of a trigger explains less than what has happened to the agents since. */
function isOvertaken(task: TriggeredTask, facts: ServiceFacts): boolean {
  return isCutOff(facts) && !isLeftAlone(task, facts.now);
}

/** Of the trigger and of its profiles, to collectors that are still there. */
function deliveriesOf(
  { deliveries, profiles = [] }: TriggeredTask,
  { existingCollectors }: ServiceFacts,
): [collector: string, Delivery][] {
  const all = [{ deliveries }, ...profiles].flatMap((event) => Object.entries(event.deliveries));
  return all.filter(([collector]) => existingCollectors.includes(collector));
}

function isOver({ highest, threshold }: MeasuredCheck): boolean {
  return highest.value >= threshold;
}

function shareOf({ highest, threshold }: MeasuredCheck): number {
  return highest.value / threshold;
}

/** What a sentence says of a check, for instance `HTTP response time of /cart`, `300 ms`, `250 ms` and `java`. */
function inWords({ type, threshold, highest }: MeasuredCheck) {
  const { name, unit } = MONITOR_TEXTS[type];
  return {
    what: `${name}${ofUri(highest.uri)}`,
    value: amountText(rounded(highest.value), unit),
    threshold: amountText(threshold, unit),
    where: highest.processName,
  };
}

function seconds(ms: number): string {
  return `${Math.round(Math.max(0, ms) / 1_000)} s`;
}

/** Rounded down: what is below a threshold must not look as if it were there. */
function rounded(value: number): number {
  return Math.floor(value * 100) / 100;
}
