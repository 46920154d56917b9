import { ageText } from "../../shared/diagnosis/age-text.ts";
import { type BudgetUse, budgetUses, budgetUseText } from "../../shared/diagnosis/budget-use.ts";
import { type CheckedValue, checkedValues } from "../../shared/diagnosis/checked-values.ts";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import type { Reason } from "../../shared/diagnosis/likely-reason.ts";
import { amountText, MONITOR_TEXTS, ofUri } from "../../shared/diagnosis/monitor-text.ts";
import {
  reportedAt,
  type ServiceFacts,
  TRIGGER_HOURS,
  type TriggeredTask,
} from "../../shared/diagnosis/service-facts.ts";
import { describeFault } from "../../shared/errors.ts";
import { BY_HAND } from "../../shared/policies/policy.ts";
import { targetName } from "../../shared/tasks/task.ts";
import { profilableText } from "../agents/profilable-text.ts";
import { sourceJson, sourceText } from "../live-values.ts";
import { deliveriesText } from "../tasks/delivery-text.ts";
import { causeText, taskJson } from "../tasks/task-text.ts";
import { printable } from "../terminal/printable.ts";
import { table } from "../terminal/table.ts";

/** How many of each are shown; --json has them all. */
const SHOWN = { tasks: 5, processes: 10, uris: 3 };

/** The whole story, ending with the likely reason. */
export function whyText(facts: ServiceFacts, reason: Reason, commandLine: CommandLine): string {
  const values = `values     ${printable(sourceText(facts.live))}`;
  const sections = [[...policyLines(facts), values], agentLines(facts), triggerLines(facts, commandLine)];
  return [...sections.map((lines) => lines.join("\n")), `Likely reason: ${printable(reason.text)}`].join("\n\n");
}

/** The shape that --json prints. */
export function whyJson(facts: ServiceFacts, reason: Reason): object {
  const { serviceName, now, policy, agents, silentAgents, tasks, collectors, live } = facts;
  const { heardAgents, heardServices, otherPolicies, invalidCollectors, pausedCollectors } = facts;
  return {
    serviceName,
    at: new Date(now).toISOString(),
    reason,
    policy: policy ?? null,
    checks: checkedValues(facts),
    budget: budgetUses(facts).map(budgetJson),
    ...sourceJson(live),
    agents,
    silentAgents,
    heardAgents,
    heardServices,
    otherPolicies,
    collectors,
    invalidCollectors,
    pausedCollectors: [...pausedCollectors.keys()],
    triggers: triggerCounts(tasks),
    tasks: tasks.map((task) => ({ ...taskJson(task), profiles: profileCounts(task) })),
  };
}

function policyLines(facts: ServiceFacts): string[] {
  const { policy, now } = facts;
  if (policy === undefined) return ["policy     none"];
  if (policy.state === "invalid") {
    return ["policy     INVALID, served to nobody:", ...policy.faults.map((fault) => `           ${describe(fault)}`)];
  }
  const { revision, updatedAt, updatedBy } = policy.policy;
  const since = updatedAt === "" ? "date unknown" : `since ${updatedAt} (${ageText(Date.parse(updatedAt), now)})`;
  const author = updatedBy === BY_HAND ? updatedBy : `by ${updatedBy || "nobody named"}`;
  const head = `policy     applied, revision ${revision}, ${since} ${author}`;
  return [
    printable(head),
    ...checkedValues(facts).map((check) => `           ${printable(checkText(check, now))}`),
    ...budgetUses(facts).map((use, index) => `${index === 0 ? "budget" : ""}`.padEnd(11) + budgetUseText(use, now)),
  ];
}

function budgetJson({ freeAt, ...use }: BudgetUse): object {
  return { ...use, freeAt: freeAt === undefined ? null : new Date(freeAt).toISOString() };
}

function describe(fault: Parameters<typeof describeFault>[0]): string {
  return printable(describeFault(fault));
}

/** For instance `ON_CPU: process CPU ≥ 80 % in 3 of 10 s; highest now 12 % in java (4 s ago)`. */
function checkText(check: CheckedValue, now: number): string {
  const { target, type, threshold, count, period, highest } = check;
  const { name, unit } = MONITOR_TEXTS[type];
  const measured =
    highest === undefined
      ? "not measured lately"
      : `highest ${amountText(highest.value, unit)}${ofUri(highest.uri)} in ${highest.processName} (${ageText(Date.parse(highest.at), now)})`;
  const what = `${name}${filterText(check)}`;
  return `${target}: ${what} ≥ ${amountText(threshold, unit)} in ${count} of ${period} s; ${measured}`;
}

/** For instance ` of /cart, /pay and 3 more` or ` of what matches ^/api/`; blank for all traffic. */
function filterText({ uriList, uriRegex }: CheckedValue): string {
  if (uriList.length === 0) return uriRegex === "" ? "" : ` of what matches ${uriRegex}`;
  const more = uriList.length > SHOWN.uris ? ` and ${uriList.length - SHOWN.uris} more` : "";
  return ` of ${uriList.slice(0, SHOWN.uris).join(", ")}${more}`;
}

function agentLines({ agents, silentAgents, heardAgents, heardServices, now }: ServiceFacts): string[] {
  const were = silentAgents.length === 1 ? "was" : "were";
  const silent = `${counted(silentAgents.length, "agent")} that ${were} heard in the last two days but no longer`;
  if (agents.length === 0) {
    const others =
      heardAgents === 0 ? "no agent is heard" : `agents watch ${counted(heardServices.length, "other service")}`;
    return [`reaches    no process; ${silentAgents.length === 0 ? others : `watched by ${silent}`}`];
  }
  const all = agents.flatMap(({ agentId, seenAt, processes }) =>
    processes.map(({ instanceName, processName, pid, profilable }) => [
      agentId,
      ageText(Date.parse(seenAt), now),
      instanceName,
      processName,
      pid === undefined ? "-" : String(pid),
      profilableText(profilable),
    ]),
  );
  const more = all.length > SHOWN.processes ? [`… and ${all.length - SHOWN.processes} more`] : [];
  const gone = silentAgents.length > 0 ? [`… and ${silent}`] : [];
  return [
    `reaches    ${counted(all.length, "process", "processes")} through ${counted(agents.length, "agent")} ` +
      "(last heard: written every 5 minutes)",
    table(["AGENT", "LAST HEARD", "INSTANCE", "PROCESS", "PID", "PROFILABLE"], all.slice(0, SHOWN.processes)),
    ...more,
    ...gone,
  ];
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function triggerLines(facts: ServiceFacts, commandLine: CommandLine): string[] {
  const { tasks, now } = facts;
  const counts = Object.entries(triggerCounts(tasks)).map(([target, count]) => `${target} ${count}`);
  const head = `triggers   ${counts.join(", ") || "none"} in the last ${TRIGGER_HOURS} hours; ${printable(takersText(facts))}`;
  if (tasks.length === 0) return [head];
  const rows = tasks
    .slice(0, SHOWN.tasks)
    .map((task) => [
      task.task.taskId,
      ageText(reportedAt(task.task), now),
      targetName(task.task),
      task.task.causes.map(causeText).join(", ") || "-",
      deliveriesText(task.deliveries) || "-",
      profilesText(task),
    ]);
  const list = printable(commandLine("tasks list --service", facts.serviceName));
  const more = tasks.length > SHOWN.tasks ? [`… and ${tasks.length - SHOWN.tasks} more: \`${list}\``] : [];
  return [head, table(["TASK", "REPORTED", "TARGET", "CAUSE", "DELIVERIES", "PROFILES"], rows), ...more];
}

function triggerCounts(tasks: readonly TriggeredTask[]): Record<string, number> {
  const byTarget = Map.groupBy(tasks, ({ task }) => targetName(task));
  return Object.fromEntries([...byTarget].map(([target, triggered]) => [target, triggered.length]));
}

function takersText(facts: ServiceFacts): string {
  const { tasks, profiles } = facts.collectors;
  if (tasks.length === 0 && profiles.length === 0) return "no collector takes its tasks or profiles";
  const named = (names: readonly string[]): string =>
    names.map((name) => takerText(name, facts)).join(", ") || "nobody";
  return `tasks go to ${named(tasks)}, profiles to ${named(profiles)}`;
}

function takerText(name: string, { invalidCollectors, pausedCollectors }: ServiceFacts): string {
  if (pausedCollectors.has(name)) return `${name} (paused)`;
  return invalidCollectors.includes(name) ? `${name} (invalid)` : name;
}

function profileCounts({
  profiles,
}: TriggeredTask): { profiles: number; delivered: number; deliveries: number } | null {
  if (profiles === undefined) return null;
  const all = profiles.flatMap(({ deliveries }) => Object.values(deliveries));
  const delivered = all.filter(({ status }) => status === "delivered").length;
  return { profiles: profiles.length, delivered, deliveries: all.length };
}

function profilesText(task: TriggeredTask): string {
  const counts = profileCounts(task);
  if (counts === null) return "?";
  const { profiles, delivered, deliveries } = counts;
  return deliveries === 0 ? String(profiles) : `${profiles}, ${delivered} of ${deliveries} delivered`;
}
