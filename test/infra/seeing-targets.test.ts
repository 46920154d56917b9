import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { alarmedText, alarmsOf, nameOf, shownMetrics } from "../support/read-metrics.ts";
import { templateOf } from "../support/stack.ts";

const withEdge = templateOf({ edge: "true" });
const docs = readFileSync(new URL("../../docs/deploying.md", import.meta.url), "utf8");

const VISIBLE = "AWS/SQS ApproximateNumberOfMessagesVisible";
const TABLES = ["policies", "tasks", "profiles", "reports", "budgets", "collectors", "tokens", "agents"].map(
  (id) => `flashpoint-${id}`,
);
/** Alarms pass over the history of policies: only the command line waits for it. */
const SHOWN_TABLES = ["flashpoint-policies", "flashpoint-policy-history", ...TABLES.slice(1)];
const refusals = (code: string) =>
  `SELECT SUM("rpc_refusals_total") FROM SCHEMA("Flashpoint", "stack", "method", "code") WHERE "stack" = 'flashpoint' AND "code" = '${code}', 300 s`;
const byCollector = (what: string, name: string) =>
  `SELECT ${what}("${name}") FROM SCHEMA("Flashpoint", "stack", "collector") WHERE "stack" = 'flashpoint', 300 s`;
const lambda = (statistic: string, name: string, seconds: number) => `${statistic} of AWS/Lambda ${name}, ${seconds} s`;

/** What each alarm watches, from or below which value it is raised, and in how many of how many periods. */
const ALARMS: [name: string, watched: string[], raised: string, periods: [bad: number, of: number]][] = [
  ["unavailable-answers", [refusals("Unavailable")], ">= 10", [2, 3]],
  ["internal-answers", [refusals("Internal")], ">= 1", [1, 3]],
  ["invalid-policy", ["Sum of Flashpoint policy_invalid_total of flashpoint, 300 s"], ">= 1", [1, 1]],
  ["tasks-dead-letters", [`Maximum of ${VISIBLE} of flashpoint-tasks-dead, 300 s`], ">= 1", [1, 1]],
  ["deliveries-dead-letters", [`Maximum of ${VISIBLE} of flashpoint-deliveries-dead, 300 s`], ">= 1", [1, 1]],
  ["tasks-wait", ["Maximum of AWS/SQS ApproximateAgeOfOldestMessage of flashpoint-tasks, 60 s"], ">= 60", [2, 3]],
  [
    "deliveries-not-worked-off",
    [
      "IF(waiting > 0 AND fetched == 0, 1, 0)",
      `waiting = Minimum of ${VISIBLE} of flashpoint-deliveries, 300 s`,
      "fetched = Sum of AWS/SQS NumberOfMessagesReceived of flashpoint-deliveries, 300 s",
    ],
    ">= 1",
    [2, 3],
  ],
  ["oldest-delivery", [byCollector("MAX", "oldest_pending_delivery_seconds")], ">= 3600", [1, 24]],
  ["collector-paused", [byCollector("SUM", "collectors_paused_total")], ">= 1", [1, 1]],
  ["agent-api-errors", [lambda("Sum", "Errors of flashpoint-agent-api", 300)], ">= 1", [2, 3]],
  ["agent-api-throttles", [lambda("Sum", "Throttles of flashpoint-agent-api", 300)], ">= 1", [2, 3]],
  ["task-dispatcher-errors", [lambda("Sum", "Errors of flashpoint-task-dispatcher", 300)], ">= 1", [2, 3]],
  ["task-dispatcher-throttles", [lambda("Sum", "Throttles of flashpoint-task-dispatcher", 300)], ">= 1", [2, 3]],
  ["task-forwarder-errors", [lambda("Sum", "Errors of flashpoint-task-forwarder", 300)], ">= 1", [2, 3]],
  ["task-forwarder-throttles", [lambda("Sum", "Throttles of flashpoint-task-forwarder", 300)], ">= 1", [2, 3]],
  // Four fifths of 100 at once, and of 1,000 a second for a minute.
  ["agent-api-concurrency", [lambda("Maximum", "ConcurrentExecutions of flashpoint-agent-api", 60)], ">= 80", [3, 5]],
  ["agent-api-rate", [lambda("Sum", "UrlRequestCount of flashpoint-agent-api", 60)], ">= 48000", [3, 5]],
  [
    "table-read-throttles",
    [
      "SUM([m0, m1, m2, m3, m4, m5, m6, m7])",
      ...TABLES.map((table, index) => `m${index} = Sum of AWS/DynamoDB ReadThrottleEvents of ${table}, 300 s`),
    ],
    ">= 1",
    [2, 3],
  ],
  [
    "table-write-throttles",
    [
      "SUM([m0, m1, m2, m3, m4, m5, m6, m7, m8, m9])",
      ...[...TABLES, "byService flashpoint-tasks", "byDay flashpoint-tasks"].map(
        (table, index) => `m${index} = Sum of AWS/DynamoDB WriteThrottleEvents of ${table}, 300 s`,
      ),
    ],
    ">= 1",
    [2, 3],
  ],
  [
    "edge-down",
    ["Maximum of AWS/NetworkELB HealthyHostCount of EdgeLoadBalancerAgents EdgeTargets, 60 s"],
    "< 1",
    [3, 3],
  ],
  [
    "edge-unhealthy",
    ["Maximum of AWS/NetworkELB UnHealthyHostCount of EdgeLoadBalancerAgents EdgeTargets, 60 s"],
    ">= 1",
    [10, 15],
  ],
  ["edge-busy", ["Average of AWS/ECS CPUUtilization of flashpoint-edge EdgeService, 300 s"], ">= 85", [3, 3]],
];
const SIGNS: Record<string, string> = { GreaterThanOrEqualToThreshold: ">=", LessThanThreshold: "<" };

describe("alarms", () => {
  it.each(ALARMS)("%s", (name, watched, raised, [bad, of]) => {
    const [alarm] = alarmsOf(withEdge).filter((each) => nameOf(each) === name);
    if (alarm === undefined) throw new Error("there is none of that name");
    const { ComparisonOperator, Threshold, DatapointsToAlarm, EvaluationPeriods } = alarm.Properties;
    expect(alarmedText(withEdge, alarm)).toEqual(watched);
    expect(`${SIGNS[ComparisonOperator]} ${Threshold}`).toBe(raised);
    expect([DatapointsToAlarm, EvaluationPeriods]).toEqual([bad, of]);
  });

  it("are these and no others, and stand in deploying.md", () => {
    const names = ALARMS.map(([name]) => name);
    expect(alarmsOf(withEdge).map((each) => nameOf(each))).toEqual(names);
    const [, table = ""] = /\| alarm \| raised when \|\n(.+?)\n\n/s.exec(docs) ?? [];
    const told = table.split("\n").flatMap((row) => (row.split("|")[1] ?? "").match(/(?<=`)[a-z-]+(?=`)/g) ?? []);
    expect(told.toSorted()).toEqual(names.toSorted());
  });

  it("cost what deploying.md says: metrics by their number, queries by what they find", () => {
    const metrics = (without: RegExp) =>
      ALARMS.filter(([name]) => !without.test(name)).flatMap(([, watched]) =>
        watched.filter((text) => / of .+ of /.test(text)),
      );
    const [, plain, edge] = /alarms: (\d+) metrics at 0\.10 \((\d+) with the edge\)/.exec(docs) ?? [];
    expect([plain, edge]).toEqual([`${metrics(/^edge/).length}`, `${metrics(/^$/).length}`]);
  });

  it("follow what is reserved for agents, and are silent of it if nothing is", () => {
    const thresholds = (reservedConcurrency: string): unknown[] =>
      ["agent-api-concurrency", "agent-api-rate"].map(
        (name) =>
          alarmsOf(templateOf({ reservedConcurrency })).find((each) => nameOf(each) === name)?.Properties.Threshold,
      );
    expect(thresholds("1")).toEqual([1, 480]);
    expect(thresholds("11")).toEqual([9, 5_280]);
    expect(thresholds("none")).toEqual([undefined, undefined]);
  });
});

describe("the dashboard shows", () => {
  const FUNCTIONS = ["flashpoint-agent-api", "flashpoint-task-dispatcher", "flashpoint-task-forwarder"];
  const WORKED_OFF = ["flashpoint-tasks", "flashpoint-deliveries"];
  const QUEUES = [...WORKED_OFF, "flashpoint-tasks-dead", "flashpoint-deliveries-dead"];
  const OF_EACH: [metric: string, dimension: string, names: string[]][] = [
    [VISIBLE, "QueueName", QUEUES],
    ["AWS/SQS ApproximateNumberOfMessagesNotVisible", "QueueName", WORKED_OFF],
    ["AWS/SQS NumberOfMessagesReceived", "QueueName", WORKED_OFF],
    ["AWS/SQS NumberOfMessagesDeleted", "QueueName", WORKED_OFF],
    ["AWS/SQS ApproximateAgeOfOldestMessage", "QueueName", ["flashpoint-tasks"]],
    ["AWS/Lambda Invocations", "FunctionName", FUNCTIONS],
    ["AWS/Lambda Errors", "FunctionName", FUNCTIONS],
    ["AWS/Lambda Throttles", "FunctionName", FUNCTIONS],
    ["AWS/Lambda ConcurrentExecutions", "FunctionName", FUNCTIONS],
    ["AWS/Lambda Duration", "FunctionName", FUNCTIONS],
    ["AWS/Lambda UrlRequestCount", "FunctionName", ["flashpoint-agent-api"]],
    ["AWS/Lambda UrlRequestLatency", "FunctionName", ["flashpoint-agent-api"]],
    ["AWS/DynamoDB ReadThrottleEvents", "TableName", SHOWN_TABLES],
    ["AWS/DynamoDB WriteThrottleEvents", "TableName", SHOWN_TABLES],
    ["AWS/DynamoDB SystemErrors", "TableName", SHOWN_TABLES],
  ];
  const shown = shownMetrics(withEdge);

  it.each(OF_EACH)("%s by %s", (metric, dimension, names) => {
    const found = shown.filter(({ namespace, name }) => `${namespace} ${name}` === metric);
    expect([...new Set(found.map(({ where }) => where[dimension]))].toSorted()).toEqual(names.toSorted());
  });

  it("every queue, function and table of the stack", () => {
    const named = {
      "AWS::SQS::Queue": "QueueName",
      "AWS::Lambda::Function": "FunctionName",
      "AWS::DynamoDB::Table": "TableName",
    };
    const there = Object.entries(named).flatMap(([type, property]) =>
      withEdge.resources(type).map(({ Properties }) => Properties[property]),
    );
    const seen = new Set(shown.flatMap(({ where }) => Object.values(where)));
    expect(there).toHaveLength(4 + 3 + 9);
    expect(there.filter((name) => !seen.has(name))).toEqual([]);
  });

  it("agents' calls by the minute beside the instances that answer them, as both have a bound", () => {
    const body = JSON.stringify(withEdge.resource("AWS::CloudWatch::Dashboard", "").Properties.DashboardBody);
    const [graph = ""] = body.split("Running at once").slice(1);
    expect(graph.slice(0, graph.indexOf("title"))).toMatch(/UrlRequestCount.+period[\\":]+60.+yAxis[\\":]+right/);
  });
});
