import type { GraphWidget } from "aws-cdk-lib/aws-cloudwatch";
import { graph, PERCENT } from "../graph.ts";
import type { OwnMetrics } from "../own-metrics.ts";
import type { SeenEdge } from "../seen.ts";

/** Whether the gRPC edge serves. */
export function edgeRow(
  { sum }: Pick<OwnMetrics, "sum">,
  { service, loadBalancer, targetGroup }: SeenEdge,
): GraphWidget[] {
  return [
    graph(
      "Edge: processor and memory",
      [
        service.metricCpuUtilization({ statistic: "Average", label: "processor" }),
        service.metricCpuUtilization({ statistic: "Maximum", label: "processor of the busiest task" }),
        service.metricMemoryUtilization({ statistic: "Maximum", label: "memory of the fullest task" }),
      ],
      PERCENT,
    ),
    graph("Edge: tasks", [
      targetGroup.metrics.healthyHostCount({ statistic: "Minimum", label: "well" }),
      targetGroup.metrics.unHealthyHostCount({ statistic: "Maximum", label: "not well" }),
    ]),
    graph("Edge: connections", [
      loadBalancer.metrics.activeFlowCount({ statistic: "Maximum", label: "open" }),
      loadBalancer.metrics.newFlowCount({ statistic: "Sum", label: "new" }),
      loadBalancer.metrics.custom("ClientTLSNegotiationErrorCount", { statistic: "Sum", label: "TLS failed" }),
      sum("connections_refused_total", { label: "refused, since there were too many" }),
    ]),
  ];
}
