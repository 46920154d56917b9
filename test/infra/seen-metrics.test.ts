import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createEmfMetrics } from "../../shared/emf/emf-metrics.ts";
import { COUNTERS, type CounterName, GAUGES, HISTOGRAMS } from "../../shared/metrics.ts";
import { type Point, readEmfLine } from "../support/emf.ts";
import { alarmedMetrics, alarmsOf, nameOf, type ReadMetric, shownMetrics } from "../support/read-metrics.ts";
import { templateOf } from "../support/stack.ts";

const OWN = { ...COUNTERS, ...HISTOGRAMS, ...GAUGES };

/**
 * What AWS tells of its services under which dimensions, by their own pages: "Types of metrics for Lambda functions"
 * (Lambda), "Available CloudWatch metrics for Amazon SQS", "DynamoDB Metrics and dimensions", "Amazon ECS CloudWatch
 * metrics" and "CloudWatch metrics for your Network Load Balancer".
 */
const OF_AWS: Record<string, Record<string, string[]>> = {
  "AWS/Lambda": {
    FunctionName: [
      ..."Invocations Errors Throttles Duration ConcurrentExecutions".split(" "),
      ..."UrlRequestCount Url4xxCount Url5xxCount UrlRequestLatency".split(" "),
    ],
  },
  "AWS/SQS": {
    QueueName: [
      ..."ApproximateAgeOfOldestMessage ApproximateNumberOfMessagesVisible".split(" "),
      ..."ApproximateNumberOfMessagesNotVisible NumberOfMessagesReceived NumberOfMessagesDeleted".split(" "),
    ],
  },
  "AWS/DynamoDB": {
    TableName: ["ReadThrottleEvents", "WriteThrottleEvents"],
    "GlobalSecondaryIndexName,TableName": ["WriteThrottleEvents"],
    "Operation,TableName": ["SystemErrors"],
  },
  "AWS/ECS": { "ClusterName,ServiceName": ["CPUUtilization", "MemoryUtilization"] },
  "AWS/NetworkELB": {
    "LoadBalancer,TargetGroup": ["HealthyHostCount", "UnHealthyHostCount"],
    LoadBalancer: ["ActiveFlowCount", "NewFlowCount", "ClientTLSNegotiationErrorCount"],
  },
};

const plain = templateOf();
const withEdge = templateOf({ edge: "true", prefix: "fp-2" });
const metrics = (read: typeof plain): ReadMetric[] => [
  ...alarmsOf(read).flatMap(alarmedMetrics),
  ...shownMetrics(read),
];
const keyOf = ({ namespace, name, dimensions }: ReadMetric): string =>
  `${namespace} ${name} ${dimensions.toSorted().join()}`;

describe("every metric that is read", () => {
  it.each(["plain", "with the edge"])("is told by somebody under just these dimensions: %s", (kind) => {
    const read = metrics(kind === "plain" ? plain : withEdge);
    expect(read.length).toBeGreaterThan(60);
    for (const { namespace, name, dimensions, where } of read) {
      const sorted = dimensions.toSorted().join();
      if (namespace === "Flashpoint") {
        expect(Object.keys(OWN), name).toContain(name);
        expect(sorted, name).toBe(["stack", ...OWN[name as keyof typeof OWN].labels].toSorted().join());
        expect(where.stack, name).toBe(kind === "plain" ? "flashpoint" : "fp-2");
        for (const label of Object.keys(where)) expect(dimensions, `${name} where ${label}`).toContain(label);
      } else {
        expect(OF_AWS[namespace]?.[sorted] ?? [], `${namespace} ${sorted}`).toContain(name);
      }
    }
  });

  it("covers all that Flashpoint tells, but for what nobody on call asks", () => {
    const unread = (template: typeof plain): string[] => {
      const read = metrics(template).flatMap(({ namespace, name }) => (namespace === "Flashpoint" ? [name] : []));
      return Object.keys(OWN).filter((name) => !read.includes(name));
    };
    expect(unread(withEdge)).toEqual(["agent_writes_total"]);
    expect(unread(plain)).toEqual(["connections_refused_total", "agent_writes_total"]); // functions have no connections
  });

  it("names codes and outcomes that there are", () => {
    const values = metrics(plain).flatMap(({ where }) => Object.entries(where));
    const valuesOf = (label: string) => new Set(values.flatMap(([key, value]) => (key === label ? [value] : [])));
    for (const code of valuesOf("code")) expect(Code[code as keyof typeof Code], code).toBeTypeOf("number");
    expect([...valuesOf("outcome")].toSorted()).toEqual(
      ["delivered", "dropped", "gone", "paused", "refused", "retry"], // docs/operating.md
    );
    expect([...valuesOf("reason")].toSorted()).toEqual(["changed", "gone", "resent"]);
  });

  it("is what CloudWatch makes of the lines that the functions write", () => {
    const lines: string[] = [];
    const emf = createEmfMetrics({ stack: "flashpoint", write: (line) => lines.push(line) });
    const value: Record<string, string> = { method: "queryPolicies", code: Code[Code.Unavailable], collector: "hook" };
    const labelsOf = (labels: readonly string[]) =>
      Object.fromEntries(labels.map((label) => [label, value[label] ?? `some ${label}`])) as never;
    for (const [name, { labels }] of Object.entries(COUNTERS)) emf.count(name as CounterName, labelsOf(labels));
    for (const name of ["delivery_seconds", "oldest_pending_delivery_seconds"] as const) {
      emf.observe(name, 7_200, { collector: "hook" });
    }
    emf.flush();
    const points: Point[] = lines.flatMap((line) => readEmfLine(line, "Flashpoint", Date.now()));

    const told = new Set(
      points.map(({ metric, dimensions }) =>
        keyOf({ namespace: "Flashpoint", name: metric, dimensions: Object.keys(dimensions), where: {} }),
      ),
    );
    const own = metrics(plain).filter(({ namespace }) => namespace === "Flashpoint");
    for (const each of own) expect(told, keyOf(each)).toContain(keyOf(each));

    const found = alarmsOf(plain).flatMap((each) =>
      alarmedMetrics(each).flatMap(({ namespace, name, where }) => {
        if (namespace !== "Flashpoint") return [];
        const met = points.filter(
          ({ metric, dimensions }) =>
            metric === name && Object.entries(where).every(([label, wanted]) => dimensions[label] === wanted),
        );
        return [[nameOf(each), met.flatMap(({ values }) => values)]];
      }),
    );
    expect(Object.fromEntries(found)).toEqual({
      "unavailable-answers": [1],
      "internal-answers": [], // only the other code was counted
      "invalid-policy": [1],
      "oldest-delivery": [7_200],
      "collector-paused": [1],
    });
  });
});
