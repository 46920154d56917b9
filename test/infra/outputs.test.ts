import { expect, it } from "vitest";
import { templateOf } from "../support/stack.ts";

const stack = templateOf();
const ref = (type: string, logicalId: string) => ({ Ref: stack.resource(type, logicalId).logicalId });

it("says what the command line needs, and every table and queue", () => {
  const values = Object.fromEntries(Object.entries(stack.outputs).map(([key, { Value }]) => [key, Value]));
  const queue = (name: string) => {
    const [found] = stack.resources("AWS::SQS::Queue").filter(({ Properties }) => Properties.QueueName === name);
    return { Ref: found?.logicalId };
  };
  expect(values).toMatchObject({
    ResourcePrefix: "flashpoint",
    ProfileBucket: ref("AWS::S3::Bucket", "Profiles"),
    AgentUrl: { "Fn::GetAtt": [stack.resource("AWS::Lambda::Url", "AgentApi").logicalId, "FunctionUrl"] },
    PoliciesTable: ref("AWS::DynamoDB::Table", "Tablespolicies"),
    PolicyHistoryTable: ref("AWS::DynamoDB::Table", "TablespolicyHistory"),
    TasksTable: ref("AWS::DynamoDB::Table", "Tablestasks"),
    ProfilesTable: ref("AWS::DynamoDB::Table", "Tablesprofiles"),
    ReportsTable: ref("AWS::DynamoDB::Table", "Tablesreports"),
    CollectorsTable: ref("AWS::DynamoDB::Table", "Tablescollectors"),
    TokensTable: ref("AWS::DynamoDB::Table", "Tablestokens"),
    AgentsTable: ref("AWS::DynamoDB::Table", "Tablesagents"),
    TasksQueue: queue("flashpoint-tasks"),
    TasksDeadLetters: queue("flashpoint-tasks-dead"),
    DeliveriesQueue: queue("flashpoint-deliveries"),
    DeliveriesDeadLetters: queue("flashpoint-deliveries-dead"),
  });
  for (const { Description } of Object.values(stack.outputs)) expect(Description).toMatch(/\w/);
});

it("says nothing of what there is not, since CloudFormation takes no blank outputs", () => {
  expect(Object.keys(stack.outputs)).not.toContain("CollectorNetworks");
  expect(Object.keys(stack.outputs)).not.toContain("CloudFrontDomain");
  expect(Object.keys(stack.outputs)).not.toContain("EdgeAddress");
});

it("has neither dashboard nor alarms, and says nothing of them, where monitoring is switched off", () => {
  const silent = templateOf({ monitoring: "false" });
  const types = silent.resources().map(({ Type }) => Type);
  expect(types.filter((type) => /CloudWatch|SNS/.test(type))).toEqual([]);
  expect(Object.keys(silent.outputs).filter((key) => /Dashboard|Alarm/.test(key))).toEqual([]);
});

it("says the prefix and the networks that were given", () => {
  const { outputs } = templateOf({ prefix: "acme-prd", collectorNetworks: "10.0.0.0/8,fd00::/8" });
  expect(outputs.ResourcePrefix?.Value).toBe("acme-prd");
  expect(outputs.CollectorNetworks?.Value).toBe("10.0.0.0/8,fd00::/8");
});
