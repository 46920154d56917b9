import type { Delivery } from "../deliveries/delivery.ts";
import { describeFault } from "../errors.ts";
import { similarName } from "../similar-name.ts";
import { targetName } from "../tasks/task.ts";
import { ageText } from "./age-text.ts";
import { budgetUses } from "./budget-use.ts";
import { collectorAdvice } from "./collector-advice.ts";
import { isCutOff, isLeftAlone, isOvertaken, LEFT_ALONE_MINUTES } from "./newest-trigger.ts";
import type { Rule } from "./rule.ts";
import { reportedAt, type ServiceFacts, type TriggeredTask } from "./service-facts.ts";
import { shortText } from "./short-text.ts";
import { untilText } from "./until-text.ts";

/** Statuses of deliveries whose collector has gone without, for now or for good. */
const STUCK: readonly Delivery["status"][] = ["retrying", "dead", "dropped"];

/** What stands in the way of everything, and what became of the newest trigger. */
export const UP_TO_THE_TRIGGER = {
  "no-policy": (facts, commandLine) => {
    if (facts.policy !== undefined) return undefined;
    const { serviceName, otherPolicies, heardServices, tasks, now } = facts;
    const [newest] = tasks;
    const none = `there is no policy for ${serviceName}`;
    const advice = `\`${commandLine("policies set", serviceName, "-f", "FILE")}\` makes one`;
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
  "fired-not-delivered": (facts, commandLine) => {
    const { tasks, now } = facts;
    const [newest] = tasks;
    if (newest === undefined || isOvertaken(newest, facts)) return undefined;
    const all = deliveriesOf(newest, facts);
    const stuck = new Map(all.filter(([, { status }]) => STUCK.includes(status)));
    const [first] = stuck;
    if (first === undefined) return undefined;
    const [collector, { status, lastError = "no reason noted" }] = first;
    const others = stuck.size > 1 ? ` and ${stuck.size - 1} more` : "";
    const hasDead = all.some(([name, delivery]) => name === collector && delivery.status === "dead");
    const paused = facts.pausedCollectors.get(collector);
    const advice = collectorAdvice({ name: collector, exists: true, paused, hasDead }, commandLine);
    return (
      `it did fire, last ${ageText(reportedAt(newest.task), now)}, but collector ${collector}${others} did not get ` +
      `everything: ${others && `${collector} `}${status}, ${shortText(lastError)}` +
      (advice === undefined ? "" : `; ${advice}`)
    );
  },
  "fired-nobody-listens": (facts, commandLine) => {
    const { tasks, collectors, now } = facts;
    const [newest] = tasks;
    if (newest === undefined || isOvertaken(newest, facts) || deliveriesOf(newest, facts).length > 0) return undefined;
    if (collectors.tasks.length > 0 || collectors.profiles.length > 0) return undefined;
    const when = ageText(reportedAt(newest.task), now);
    const advice = `\`${commandLine("collectors set NAME --url URL")}\` adds one`;
    return `it did fire, last ${when}, but no collector takes its tasks or profiles; ${advice}`;
  },
  "budget-full": (facts, commandLine) => {
    const { serviceName, tasks, now } = facts;
    const full = budgetUses(facts).find(({ freeAt }) => freeAt !== undefined);
    if (full?.freeAt === undefined || isCutOff(facts)) return undefined;
    const [newest] = tasks;
    const fired = newest === undefined ? "" : `it did fire, last ${ageText(reportedAt(newest.task), now)}, and `;
    return (
      `${fired}its budget is full: ${full.active} of ${full.maxActive} ${full.target} tasks are active, so more reports ` +
      `are refused; there is room ${untilText(full.freeAt, now)}, or now with a larger maxActive: ` +
      `\`${commandLine("policies set", serviceName, "-f", "FILE")}\``
    );
  },
  fired: (facts) => {
    const { tasks, now } = facts;
    const [newest] = tasks;
    if (newest === undefined || !isLeftAlone(newest, now) || isCutOff(facts)) return undefined;
    const { processName, instanceName } = newest.task;
    return (
      `it did fire, ${targetName(newest.task)} for ${processName} in ${instanceName}, last ` +
      `${ageText(reportedAt(newest.task), now)}; an agent leaves that process alone for ${LEFT_ALONE_MINUTES} minutes`
    );
  },
} satisfies Record<string, Rule>;

/** Of the trigger and of its profiles, to collectors that are still there. */
function deliveriesOf(
  { deliveries, profiles = [] }: TriggeredTask,
  { existingCollectors }: ServiceFacts,
): [collector: string, Delivery][] {
  const all = [{ deliveries }, ...profiles].flatMap((event) => Object.entries(event.deliveries));
  return all.filter(([collector]) => existingCollectors.includes(collector));
}
