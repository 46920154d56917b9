import { Duration } from "aws-cdk-lib";
import type { GraphWidget, IMetric } from "aws-cdk-lib/aws-cloudwatch";
import { graph, MILLISECONDS, PLAIN } from "../graph.ts";
import type { SeenFunctions } from "../seen.ts";

/** Whether the functions run. */
export function functionsRow(functions: SeenFunctions): GraphWidget[] {
  return [
    graph("Invocations", ofEach(functions, "Invocations", "Sum")),
    graph("Errors and throttles", [
      ...ofEach(functions, "Errors", "Sum", " errors"),
      ...ofEach(functions, "Throttles", "Sum", " throttles"),
    ]),
    graph(
      "Running at once, and calls of agents a minute (right)",
      ofEach(functions, "ConcurrentExecutions", "Maximum"),
      PLAIN,
      [
        functions["agent-api"].metric("UrlRequestCount", {
          statistic: "Sum",
          period: Duration.minutes(1), // what is reserved bounds both
          label: "calls of agents",
        }),
      ],
    ),
  ];
}

/** How long the functions take, and agents wait. */
export function durationsRow(functions: SeenFunctions): GraphWidget[] {
  return [
    graph("Duration, half of them (p50)", ofEach(functions, "Duration", "p50"), MILLISECONDS),
    graph("Duration, nearly all (p99)", ofEach(functions, "Duration", "p99"), MILLISECONDS),
    graph(
      "Agents wait",
      ["p50", "p99"].map((statistic) =>
        functions["agent-api"].metric("UrlRequestLatency", { statistic, label: statistic }),
      ),
      MILLISECONDS,
    ),
  ];
}

function ofEach(functions: SeenFunctions, metric: string, statistic: string, suffix = ""): IMetric[] {
  return Object.entries(functions).map(([name, each]) => each.metric(metric, { statistic, label: `${name}${suffix}` }));
}
