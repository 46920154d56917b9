import { type CheckedValue, checkedValues } from "../../shared/diagnosis/checked-values.ts";
import type { Reason } from "../../shared/diagnosis/likely-reason.ts";
import {
  reportedAt,
  type ServiceFacts,
  TRIGGER_HOURS,
  type TriggeredTask,
} from "../../shared/diagnosis/service-facts.ts";
import { describeFault } from "../../shared/errors.ts";
import { targetName } from "../../shared/tasks/task.ts";
import { sourceJson, sourceText } from "../live-values.ts";
import { amountText, MONITOR_TEXTS } from "../monitor-text.ts";
import { ageText, printable, table } from "../output.ts";
import { deliveriesText } from "../tasks/delivery-text.ts";
import { causeText, taskJson } from "../tasks/task-text.ts";

/** How many tasks and processes are shown; --json has them all. */
const SHOWN = { tasks: 5, processes: 10 };

/** The whole story, ending with the likely reason. */
export function whyText(facts: ServiceFacts, reason: Reason): string {
  const values = `values     ${printable(sourceText(facts.live))}`;
  const sections = [[...policyLines(facts), values], agentLines(facts), triggerLines(facts)];
  return [...sections.map((lines) => lines.join("\n")), `Likely reason: ${printable(reason.text)}`].join("\n\n");
}

/** The shape that --json prints. */
export function whyJson(facts: ServiceFacts, reason: Reason): object {
  const { serviceName, now, policy, agents, silentAgents, tasks, collectors, live } = facts;
  return {
    serviceName,
    at: new Date(now).toISOString(),
    reason,
    policy: policy ?? null,
    checks: checkedValues(facts),
    ...sourceJson(live),
    agents,
    silentAgents,
    collectors,
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
  const since = updatedAt === "" ? "date unknown" : `since ${updatedAt} (${ageText(updatedAt, now)})`;
  const head = `policy     applied, revision ${revision}, ${since} by ${updatedBy || "nobody named"}`;
  return [printable(head), ...checkedValues(facts).map((check) => `           ${printable(checkText(check, now))}`)];
}

function describe(fault: Parameters<typeof describeFault>[0]): string {
  return printable(describeFault(fault));
}

/** For instance `ON_CPU: process CPU ≥ 80 % in 3 of 10 s; highest now 12 % in java (4 s ago)`. */
function checkText({ target, type, threshold, count, period, highest }: CheckedValue, now: number): string {
  const { name, unit } = MONITOR_TEXTS[type];
  const measured =
    highest === undefined
      ? "not measured lately"
      : `highest ${amountText(highest.value, unit)} in ${highest.processName} (${ageText(highest.at, now)})`;
  return `${target}: ${name} ≥ ${amountText(threshold, unit)} in ${count} of ${period} s; ${measured}`;
}

function agentLines({ agents, silentAgents, heardAgents, heardServices, now }: ServiceFacts): string[] {
  const were = silentAgents.length === 1 ? "was" : "were";
  const silent = `${counted(silentAgents.length, "agent")} that ${were} heard in the last two days but no longer`;
  if (agents.length === 0) {
    const others =
      heardAgents === 0 ? "no agent is heard" : `agents of ${counted(heardServices.length, "service")} are`;
    return [`reaches    no process; ${silentAgents.length === 0 ? others : `watched by ${silent}`}`];
  }
  const all = agents.flatMap(({ agentId, seenAt, processes }) =>
    processes.map(({ instanceName, processName, pid, profilable }) => [
      agentId,
      ageText(seenAt, now),
      instanceName,
      processName,
      pid === undefined ? "-" : String(pid),
      profilable === undefined ? "-" : profilable ? "yes" : "no",
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

function triggerLines({ tasks, collectors, now }: ServiceFacts): string[] {
  const counts = Object.entries(triggerCounts(tasks)).map(([target, count]) => `${target} ${count}`);
  const head = `triggers   ${counts.join(", ") || "none"} in the last ${TRIGGER_HOURS} hours; ${printable(takersText(collectors))}`;
  if (tasks.length === 0) return [head];
  const rows = tasks
    .slice(0, SHOWN.tasks)
    .map((task) => [
      task.task.taskId,
      ageText(new Date(reportedAt(task.task)).toISOString(), now),
      targetName(task.task),
      task.task.causes.map(causeText).join(", ") || "-",
      deliveriesText(task.deliveries) || "-",
      profilesText(task),
    ]);
  const more = tasks.length > SHOWN.tasks ? [`… and ${tasks.length - SHOWN.tasks} more (tasks list)`] : [];
  return [head, table(["TASK", "REPORTED", "TARGET", "CAUSE", "DELIVERIES", "PROFILES"], rows), ...more];
}

function triggerCounts(tasks: readonly TriggeredTask[]): Record<string, number> {
  const byTarget = Map.groupBy(tasks, ({ task }) => targetName(task));
  return Object.fromEntries([...byTarget].map(([target, triggered]) => [target, triggered.length]));
}

function takersText({ tasks, profiles }: ServiceFacts["collectors"]): string {
  if (tasks.length === 0 && profiles.length === 0) return "no collector takes its tasks or profiles";
  return `tasks go to ${tasks.join(", ") || "nobody"}, profiles to ${profiles.join(", ") || "nobody"}`;
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
