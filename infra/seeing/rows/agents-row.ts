import type { GraphWidget } from "aws-cdk-lib/aws-cloudwatch";
import { graph } from "../graph.ts";
import type { OwnMetrics } from "../own-metrics.ts";
import type { SeenFunctions } from "../seen.ts";

/** Whether agents are served. */
export function agentsRow({ single, sum }: OwnMetrics, { "agent-api": agentApi }: SeenFunctions): GraphWidget[] {
  const reasons = ["changed", "gone", "resent"];
  return [
    graph("Polls", [
      single("policy_polls_total", { statistic: "Sum", label: "polls" }),
      single("policy_reads_total", { statistic: "Sum", label: "reads of policies" }),
    ]),
    graph("Changes sent to agents", [
      ...reasons.map((reason) => sum("policy_answers_total", { where: { reason }, label: reason })),
      single("policy_invalid_total", { statistic: "Sum", label: "policies found invalid" }),
      single("policy_repairs_total", { statistic: "Sum", label: "policies repaired" }),
    ]),
    graph("Calls", [
      agentApi.metric("UrlRequestCount", { statistic: "Sum", label: "calls" }),
      agentApi.metric("Url5xxCount", { statistic: "Sum", label: "answered 5xx" }),
      agentApi.metric("Url4xxCount", { statistic: "Sum", label: "answered 4xx" }),
    ]),
  ];
}

/** What agents are refused, and what they bring. */
export function reportsRow({ single, each, sum }: OwnMetrics): GraphWidget[] {
  const refused = (code: string) => sum("rpc_refusals_total", { where: { code }, label: code });
  return [
    graph("Refusals", [
      refused("Unavailable"),
      refused("Unauthenticated"),
      refused("InvalidArgument"),
      refused("ResourceExhausted"),
      sum("out_of_scope_total", { label: "out of scope" }),
      refused("NotFound"),
      refused("Internal"),
      sum("rpc_refusals_total", { label: "all" }),
    ]),
    graph("Reports by target, and tasks", [
      each("reports_total", { statistic: "Sum", by: "target" }),
      single("duplicate_reports_total", { statistic: "Sum", label: "duplicates" }),
      sum("reports_over_budget_total", { label: "over budget" }),
      single("reports_budget_unknown_total", { statistic: "Sum", label: "budget unknown" }),
      single("tasks_recorded_total", { statistic: "Sum", label: "tasks recorded" }),
    ]),
    graph("Profiles by target", [
      each("profiles_collected_total", { statistic: "Sum", by: "target" }),
      single("profiles_recorded_total", { statistic: "Sum", label: "recorded" }),
      single("profiles_apart_total", { statistic: "Sum", label: "kept apart" }),
      single("profiles_out_of_scope_total", { statistic: "Sum", label: "out of scope" }),
    ]),
  ];
}
