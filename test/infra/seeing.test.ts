import { describe, expect, it } from "vitest";
import { alarmsOf, nameOf } from "../support/read-metrics.ts";
import { runbook, runbookSections } from "../support/runbook.ts";
import { type Resource, templateOf } from "../support/stack.ts";

const plain = templateOf();
const withEdge = templateOf({ edge: "true", prefix: "fp-2" });
const alarm = (name: string) => alarmsOf(plain).find((each) => nameOf(each) === name)?.Properties;

describe("every alarm", () => {
  it.each(alarmsOf(withEdge).map((each): [string, Resource] => [nameOf(each, "fp-2"), each]))(
    "%s goes to the topic and leads to its section of the runbook",
    (name, { Properties }) => {
      const { logicalId } = withEdge.resource("AWS::SNS::Topic", "");
      expect(Properties.AlarmName).toBe(`fp-2-${name}`);
      expect(Properties.AlarmActions).toEqual([{ Ref: logicalId }]);
      expect(Properties.ActionsEnabled).not.toBe(false);
      expect(Properties.AlarmDescription).toMatch(/^[A-Z][^\n]+\. What to do: infra\/RUNBOOK\.md#/);
      expect(Properties.AlarmDescription.split("#").at(-1)).toBe(name);
      expect(runbookSections.has(name), `RUNBOOK.md has a section ${name}`).toBe(true);
    },
  );

  it("has a section, and every section an alarm", () => {
    const names = alarmsOf(withEdge).map((each) => nameOf(each, "fp-2"));
    expect([...runbookSections.keys()].toSorted()).toEqual(names.toSorted());
    expect(new Set(names).size).toBe(names.length);
  });

  it("takes silence for good, but for the edge's, which would be silent if it were gone", () => {
    const silent = alarmsOf(withEdge).map((each) => [nameOf(each, "fp-2"), each.Properties.TreatMissingData]);
    expect(silent.filter(([, missing]) => missing !== "notBreaching")).toEqual([["edge-down", "breaching"]]);
  });

  it("says when it is over, but for those of which the runbook says that they do not", () => {
    const silent = alarmsOf(plain).filter(({ Properties }) => Properties.OKActions === undefined);
    const said = runbook.split("\n\n").find((paragraph) => paragraph.includes("send no all-clear")) ?? "";
    const named = [...said.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link);
    expect(silent.map((each) => nameOf(each)).toSorted()).toEqual(named.toSorted());
    expect(named).toHaveLength(4);
  });

  it("looks back no further than CloudWatch lets it", () => {
    for (const { Properties } of alarmsOf(withEdge)) {
      const { Period, EvaluationPeriods, DatapointsToAlarm, Metrics = [] } = Properties;
      const [{ Expression, Period: queried } = { Expression: "", Period: 0 }] = Metrics;
      const seconds = EvaluationPeriods * (Period ?? queried ?? 300);
      expect(seconds).toBeLessThanOrEqual(Expression.startsWith("SELECT") ? 3 * 3_600 : 86_400);
      expect(DatapointsToAlarm).toBeLessThanOrEqual(EvaluationPeriods);
      expect(Metrics.length - 1, "metrics in an alarm's expression").toBeLessThanOrEqual(10);
    }
  });
});

describe("alarms are raised", () => {
  it.each([
    ["unavailable-answers", 10, [2, 3]],
    ["internal-answers", 1, [1, 3]],
    ["invalid-policy", 1, [1, 1]],
    ["tasks-dead-letters", 1, [1, 1]],
    ["deliveries-dead-letters", 1, [1, 1]],
    ["tasks-wait", 60, [2, 3]],
    ["deliveries-not-worked-off", 1, [2, 3]],
    ["oldest-delivery", 3_600, [1, 24]],
    ["collector-paused", 1, [1, 1]],
    ["agent-api-errors", 1, [2, 3]],
    ["task-forwarder-throttles", 1, [2, 3]],
    ["agent-api-concurrency", 40, [3, 5]],
    ["table-read-throttles", 1, [2, 3]],
    ["table-write-throttles", 1, [2, 3]],
  ])("%s from %d up, in %j periods", (name, threshold, [bad, of]) => {
    expect(alarm(name)).toMatchObject({
      Threshold: threshold,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      DatapointsToAlarm: bad,
      EvaluationPeriods: of,
    });
  });

  it("at four fifths of whatever is reserved for agents, and not if nothing is", () => {
    const thresholdAt = (reservedConcurrency: string): number | undefined =>
      alarmsOf(templateOf({ reservedConcurrency })).find((each) => nameOf(each) === "agent-api-concurrency")?.Properties
        .Threshold;
    expect(thresholdAt("1")).toBe(1);
    expect(thresholdAt("11")).toBe(9);
    expect(thresholdAt("none")).toBeUndefined();
  });
});

describe("the topic", () => {
  const statements = ({ resource }: typeof plain) =>
    resource("AWS::SNS::TopicPolicy", "").Properties.PolicyDocument.Statement;

  it("lets this stack's alarms in, and nobody without TLS", () => {
    const [deny, allow, ...more] = statements(withEdge);
    expect(more).toEqual([]);
    expect(deny).toMatchObject({
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    expect(allow).toMatchObject({
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
    });
    expect(JSON.stringify(allow.Condition.ArnLike)).toContain(":alarm:fp-2-*");
  });

  it("has no key with which alarms could not be published", () => {
    expect(plain.resource("AWS::SNS::Topic", "").Properties).not.toHaveProperty("KmsMasterKeyId");
  });

  it("is mailed only to who asked for it", () => {
    expect(plain.resources("AWS::SNS::Subscription")).toEqual([]);
    const mailed = templateOf({ alarmEmail: "on-call@example.com" }).resources("AWS::SNS::Subscription");
    expect(mailed.map(({ Properties }) => [Properties.Protocol, Properties.Endpoint])).toEqual([
      ["email", "on-call@example.com"],
    ]);
  });
});

describe("the dashboard", () => {
  it("shows every alarm, and the commands with the stack's name", () => {
    const { Properties } = templateOf({ stackName: "prod", prefix: "fp" }).resource("AWS::CloudWatch::Dashboard", "");
    const body = JSON.stringify(Properties.DashboardBody);
    expect(body).toContain("npx flashpoint --stack prod why SERVICE");
    expect(JSON.stringify(Properties.DashboardName)).toContain("fp-");
    expect(body.match(/SeeingAlarms\w+/g)?.length).toBe(alarmsOf(plain).length);
  });

  it("shows the edge only if there is one", () => {
    const titles = (read: typeof plain) =>
      JSON.stringify(read.resource("AWS::CloudWatch::Dashboard", "")).includes("Edge:");
    expect([titles(plain), titles(withEdge)]).toEqual([false, true]);
  });

  it("is what the outputs lead to, with the topic", () => {
    expect(JSON.stringify(plain.outputs.DashboardUrl?.Value)).toContain("#dashboards/dashboard/");
    expect(plain.outputs.AlarmTopic?.Value).toEqual({ Ref: plain.resource("AWS::SNS::Topic", "").logicalId });
  });
});
