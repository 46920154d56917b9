import type { GraphWidget } from "aws-cdk-lib/aws-cloudwatch";
import { graph, SECONDS } from "../graph.ts";
import type { OwnMetrics } from "../own-metrics.ts";

const OUTCOMES = ["delivered", "retry", "refused", "gone", "paused", "dropped"];

/** How deliveries end, and to whom. */
export function deliveriesRow({ each, sum }: OwnMetrics): GraphWidget[] {
  return [
    graph(
      "Attempts by outcome",
      OUTCOMES.map((outcome) => sum("delivery_attempts_total", { where: { outcome }, label: outcome })),
    ),
    graph("Delivered, by collector", [
      each("delivery_attempts_total", { statistic: "Sum", by: "collector", where: { outcome: "delivered" } }),
    ]),
    graph("To be tried again, by collector", [
      each("delivery_attempts_total", { statistic: "Sum", by: "collector", where: { outcome: "retry" } }),
    ]),
  ];
}

/** How long deliveries take, and what holds them back. */
export function delaysRow({ each, sum }: OwnMetrics): GraphWidget[] {
  return [
    graph(
      "From acceptance to delivery, half of them (p50)",
      [each("delivery_seconds", { statistic: "p50", by: "collector" })],
      SECONDS,
    ),
    graph(
      "From acceptance to delivery, nearly all (p99)",
      [each("delivery_seconds", { statistic: "p99", by: "collector" })],
      SECONDS,
    ),
    graph("Put off, and collectors paused", [
      each("deliveries_deferred_total", { statistic: "Sum", by: "collector" }),
      sum("collectors_paused_total", { label: "paused" }),
    ]),
  ];
}
