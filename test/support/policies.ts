import type { Commands } from "../../shared/gen/common/Common_pb.js";
import type { PolicyTargets } from "../../shared/policies/policy.ts";

/** A policy that profiles ON_CPU at or over this many percent of a CPU. */
export function cpuPolicy(threshold: number): PolicyTargets {
  return { ON_CPU: { PROCESS_CPU: { threshold: String(threshold), period: 10, count: 3, uriList: [], uriRegex: "" } } };
}

/** What a poll's answer says, service by service; fails on an answer that an agent would drop. */
export function servicesIn({ commands }: Commands): { ServiceName: string; UUID: string; Profiling: object }[] {
  if (commands.length === 0) return [];
  const [command] = commands;
  if (commands.length !== 1 || command?.command !== "ContinuousProfilingPolicyQuery") {
    throw new Error(`an agent drops this answer: ${JSON.stringify(commands)}`);
  }
  return JSON.parse(command.args.find(({ key }) => key === "ServiceWithPolicyJSON")?.value ?? "");
}

/** The task id in a report's answer; fails on an answer that crashes an agent. */
export function taskIdIn({ commands }: Commands): string {
  const [command] = commands;
  const taskId = command?.args.find(({ key }) => key === "TaskId")?.value;
  if (commands.length !== 1 || command?.command !== "ContinuousProfilingReportTask" || taskId === undefined) {
    throw new Error(`an agent cannot use this answer: ${JSON.stringify(commands)}`);
  }
  return taskId;
}

let reportsMade = 0;

/**
 * A report that nothing is wrong with, with 93.5 % and a trace more each time: the very same report, sent twice within
 * a minute, is one task.
 */
export function goodReport(serviceName = "checkout") {
  const current = 93.5 + reportsMade++ / 2 ** 30;
  return {
    layer: "OS_LINUX",
    serviceName,
    instanceName: "pod-1",
    processName: "java",
    causes: [{ type: 0, cause: { case: "singleValue" as const, value: { threshold: 80, current } } }],
    duration: 600,
    targetTask: { case: "onCPU" as const, value: {} },
  };
}
