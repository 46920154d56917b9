import { similarName } from "../similar-name.ts";
import { ageText } from "./age-text.ts";
import { checkedValues, type MeasuredCheck, measuredChecks } from "./checked-values.ts";
import { amountText, MONITOR_TEXTS, ofUri } from "./monitor-text.ts";
import { isCutOff } from "./newest-trigger.ts";
import type { Rule } from "./rule.ts";

/** An agent polls every 10 s; twice that, and it has a new policy. */
const POLL_MS = 20_000;

/** Why it does not fire, whether it has before or not: from what is missing first to what is missing last. */
export const SINCE_THE_TRIGGER = {
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
