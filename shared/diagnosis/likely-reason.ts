import { describeFault } from "../errors.ts";
import { checkedValues } from "./checked-values.ts";
import { MAX_TASKS, reportedAt, type ServiceFacts, TRIGGER_HOURS } from "./service-facts.ts";

/** Why a service is not profiled, or that it is; the first rule that holds is the likely reason. */
export interface Reason {
  readonly code: keyof typeof RULES;
  /** One sentence, with what to do. */
  readonly text: string;
}

/** @returns undefined if the rule does not hold. */
type Rule = (facts: ServiceFacts) => string | undefined;

const MINUTE_MS = 60_000;
/** Agents call every 20 s and are written every 5 minutes: whoever is older than this has gone silent. */
const SILENT_MS = 10 * MINUTE_MS;
/** An agent polls every 10 s; twice that, and it has a new policy. */
const POLL_MS = 20_000;

/** From what stands in the way of everything to what is only missing at the end. */
const RULES = {
  "no-policy": ({ policy, serviceName }) =>
    policy === undefined
      ? `There is no policy for ${serviceName}; \`policies set ${serviceName} -f FILE\` makes one.`
      : undefined,
  "invalid-policy": ({ policy }) => {
    if (policy?.state !== "invalid") return undefined;
    const [fault] = policy.faults;
    return `The policy is invalid, so no agent gets it: ${fault === undefined ? "it cannot be read" : describeFault(fault)}.`;
  },
  "fired-not-delivered": ({ tasks: [newest], now }) => {
    if (newest === undefined) return undefined;
    const all = [newest, ...(newest.profiles ?? [])].flatMap(({ deliveries }) => Object.entries(deliveries));
    const stuck = all.find(([, { status }]) => status === "retrying" || status === "dropped");
    if (stuck === undefined) return undefined;
    const [collector, { status, lastError = "no reason noted" }] = stuck;
    return (
      `It did fire, last ${ago(reportedAt(newest.task), now)}, but collector ${collector} did not get everything: ` +
      `${status}, ${lastError}.`
    );
  },
  "fired-nobody-listens": ({ tasks: [newest], collectors, now }) => {
    if (newest === undefined || collectors.length > 0 || Object.keys(newest.deliveries).length > 0) return undefined;
    const when = ago(reportedAt(newest.task), now);
    return `It did fire, last ${when}, but no collector takes its tasks; \`collectors set\` adds one.`;
  },
  fired: ({ tasks, now }) => {
    const [newest] = tasks;
    if (newest === undefined) return undefined;
    const times = tasks.length === 1 ? "once" : `${tasks.length >= MAX_TASKS ? "at least " : ""}${tasks.length} times`;
    return (
      `It did fire, ${times} in the last ${TRIGGER_HOURS} hours, last ${ago(reportedAt(newest.task), now)}; ` +
      "an agent leaves a process alone for 20 minutes after that."
    );
  },
  "no-agent": ({ heardServices, agents }) =>
    agents.length === 0 && heardServices.length === 0
      ? "No agent has been heard in two days; agents must reach the gRPC port, 11800 by default."
      : undefined,
  "not-watched": ({ agents, heardServices, serviceName }) => {
    if (agents.length > 0) return undefined;
    const similar = heardServices.find((name) => isSimilar(name, serviceName));
    return similar === undefined
      ? `No agent watches a process of ${serviceName}; services get their names from the agents' process discovery.`
      : `No agent watches a process of ${serviceName}; one does watch ${similar}: is that the one?`;
  },
  "agents-silent": ({ agents, now }) => {
    const latest = Math.max(...agents.map(({ seenAt }) => Date.parse(seenAt)));
    if (now - latest <= SILENT_MS) return undefined;
    const whom = agents.length === 1 ? "The agent that watches it was" : "The agents that watch it were";
    return `${whom} last heard ${ago(latest, now)}; see whether ${agents.length === 1 ? "it still runs" : "they still run"}.`;
  },
  "not-profilable": ({ agents }) => {
    const processes = agents.flatMap((agent) => agent.processes);
    return processes.length > 0 && processes.every(({ profilable }) => profilable === false)
      ? "Agents say that they cannot profile any of its processes; their programs may lack symbols."
      : undefined;
  },
  "policy-too-new": (facts) => {
    const { policy, now } = facts;
    if (policy?.state !== "valid") return undefined;
    const age = now - Date.parse(policy.policy.updatedAt);
    const soonest = Math.min(...checkedValues(facts).map(({ count }) => count * 1_000));
    const least = POLL_MS + (Number.isFinite(soonest) ? soonest : 0);
    if (!(age < least)) return undefined;
    return `The policy is ${seconds(age)} old; it takes up to ${seconds(least)} until it can fire.`;
  },
  "below-threshold": (facts) => {
    const known = checkedValues(facts).filter(({ highest }) => highest !== undefined);
    if (known.length === 0 || known.some(({ highest, threshold }) => (highest?.value ?? 0) >= threshold)) {
      return undefined;
    }
    const closest = known.reduce((a, b) => (shareOf(b) > shareOf(a) ? b : a));
    return (
      `Nothing crossed its threshold: closest is ${closest.type}, last at ${rounded(closest.highest?.value ?? 0)} ` +
      `of ${closest.threshold} in ${closest.highest?.processName}.`
    );
  },
  "not-long-enough": (facts) => {
    const over = checkedValues(facts).find(({ highest, threshold }) => (highest?.value ?? 0) >= threshold);
    if (over === undefined) return undefined;
    return (
      `${over.type} is at ${rounded(over.highest?.value ?? 0)}, over its threshold of ${over.threshold}, but has not ` +
      `been reported: it must be there in ${over.count} of ${over.period} seconds, or the process was profiled within 20 minutes.`
    );
  },
  "nothing-measured": () =>
    "Agents watch its processes, but nothing that they measured is known here; see whether their continuous profiling " +
    "is active, and ask the server with --server for values newer than five minutes.",
} satisfies Record<string, Rule>;

/** The likely reason, as far as the facts tell. */
export function likelyReason(facts: ServiceFacts): Reason {
  for (const [code, rule] of Object.entries(RULES) as [Reason["code"], Rule][]) {
    const text = rule(facts);
    if (text !== undefined) return { code, text };
  }
  throw new Error("the last rule always holds");
}

function shareOf({ highest, threshold }: { highest?: { value: number }; threshold: number }): number {
  return (highest?.value ?? 0) / threshold;
}

/** Whether somebody may have mistaken one name for the other. */
function isSimilar(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a.includes(b) || b.includes(a);
}

function ago(then: number, now: number): string {
  const past = Math.max(0, now - then);
  if (past < 2 * MINUTE_MS) return `${seconds(past)} ago`;
  return past < 120 * MINUTE_MS ? `${Math.round(past / MINUTE_MS)} min ago` : `${Math.round(past / 3_600_000)} h ago`;
}

function seconds(ms: number): string {
  return `${Math.round(Math.max(0, ms) / 1_000)} s`;
}

/** Rounded down: what is below a threshold must not look as if it were there. */
function rounded(value: number): number {
  return Math.floor(value * 100) / 100;
}
