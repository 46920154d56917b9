import { describe, expect, it } from "vitest";
import { alarmsOf, nameOf } from "../support/read-metrics.ts";
import { runbook, runbookSections } from "../support/runbook.ts";
import { type Resource, templateOf } from "../support/stack.ts";

const plain = templateOf();
const withEdge = templateOf({ edge: "true", prefix: "fp-2" });

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

  it("is one for all collectors, and says so, where it reads what is told by collector", () => {
    const expressionOf = ({ Properties }: Resource): string => Properties.Metrics?.[0].Expression ?? "";
    const together = alarmsOf(plain).filter((each) => expressionOf(each).includes('"collector"'));
    expect(together.map((each) => nameOf(each))).toEqual(["oldest-delivery", "collector-paused"]);
    for (const each of together) {
      expect(expressionOf(each)).not.toContain("GROUP BY");
      expect(runbookSections.get(nameOf(each))).toContain("It is one alarm for all collectors");
    }
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

describe("the topic", () => {
  const statements = ({ resource }: typeof plain) =>
    resource("AWS::SNS::TopicPolicy", "").Properties.PolicyDocument.Statement;

  it("lets alarms in that have the stack's prefix, and nobody without TLS", () => {
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

  it.each([
    ["aws", "eu-west-1.console.aws.amazon.com"],
    ["aws-cn", "eu-west-1.console.amazonaws.cn"],
    ["aws-us-gov", "eu-west-1.console.amazonaws-us-gov.com"],
  ])("is what the outputs lead to, in the console of %s", (partition, host) => {
    const { Conditions } = plain.template.toJSON();
    const { logicalId } = plain.resource("AWS::CloudWatch::Dashboard", "");
    // biome-ignore lint/suspicious/noExplicitAny: as loose as a template
    const valueHere = (value: any): unknown => {
      if (typeof value === "string") return value;
      const { Ref, "Fn::If": choice, "Fn::Join": join, "Fn::Equals": equals } = value;
      if (Ref !== undefined) {
        return { "AWS::Partition": partition, "AWS::Region": "eu-west-1", [logicalId]: "flashpoint-eu-west-1" }[
          Ref as string
        ];
      }
      if (equals !== undefined) return valueHere(equals[0]) === valueHere(equals[1]);
      if (join !== undefined) return join[1].map(valueHere).join(join[0]);
      return valueHere(valueHere(Conditions[choice[0]]) ? choice[1] : choice[2]);
    };
    expect(valueHere(plain.outputs.DashboardUrl?.Value)).toBe(
      `https://${host}/cloudwatch/home?region=eu-west-1#dashboards/dashboard/flashpoint-eu-west-1`,
    );
  });

  it("has the topic beside it in the outputs", () => {
    expect(plain.outputs.AlarmTopic?.Value).toEqual({ Ref: plain.resource("AWS::SNS::Topic", "").logicalId });
  });
});
