import { describe, expect, it } from "vitest";
import { type Resource, templateOf } from "../support/stack.ts";

const stack = templateOf();

const FUNCTIONS = {
  "agent-api": { room: "AgentApi", timeout: 15 },
  "task-dispatcher": { room: "TaskDispatcher", timeout: 10 },
  "task-forwarder": { room: "TaskForwarder", timeout: 20 },
};

function named(template: typeof stack, name: string): Resource {
  const [found] = template
    .resources("AWS::Lambda::Function")
    .filter(({ Properties }) => Properties.FunctionName.endsWith(name));
  if (found === undefined) throw new Error(`no function ${name}`);
  return found;
}

it("runs three functions and nothing beside", () => {
  expect(stack.resources("AWS::Lambda::Function")).toHaveLength(3);
});

describe.each(Object.entries(FUNCTIONS))("%s", (name, { room, timeout }) => {
  const { Properties } = named(stack, name);

  it("runs Node.js 24 on arm64, for as long as its queue expects", () => {
    expect(Properties).toMatchObject({
      FunctionName: `flashpoint-${name}`,
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
      Timeout: timeout,
    });
  });

  it("logs JSON to a log group that forgets, and has Lambda add no lines of its own for calls that went well", () => {
    const group = stack.resource("AWS::Logs::LogGroup", `${room}Logs`);
    expect(Properties.LoggingConfig).toEqual({
      LogFormat: "JSON",
      ApplicationLogLevel: "TRACE",
      SystemLogLevel: "WARN",
      LogGroup: { Ref: group.logicalId },
    });
    expect(group.Properties).toEqual({ LogGroupName: `/aws/lambda/flashpoint-${name}`, RetentionInDays: 30 });
  });

  it("is told the stack's name, its bucket and that tokens are required", () => {
    const bucket = stack.resource("AWS::S3::Bucket", "Profiles");
    expect(Properties.Environment.Variables).toEqual({
      FLASHPOINT_STACK: "flashpoint",
      FLASHPOINT_PROFILE_BUCKET: { Ref: bucket.logicalId },
      FLASHPOINT_REQUIRE_TOKEN: "true",
    });
  });

  it("has a role of its own with what it needs in it and no managed policy", () => {
    const role = stack.resource("AWS::IAM::Role", `${room}Role`);
    expect(Properties.Role).toEqual({ "Fn::GetAtt": [role.logicalId, "Arn"] });
    expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } },
    ]);
  });

  it("may do nothing by a wildcard, and nothing to everything", () => {
    const role = stack.resource("AWS::IAM::Role", `${room}Role`);
    for (const { PolicyDocument } of role.Properties.Policies) {
      for (const { Effect, Action, Resource } of PolicyDocument.Statement) {
        expect(Effect).toBe("Allow");
        for (const action of [Action].flat()) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
        for (const resource of [Resource].flat()) expect(JSON.stringify(resource)).not.toMatch(/^"\*"$|"arn:[^"]*:\*"/);
      }
    }
  });
});

it("grants nothing beside the roles", () => {
  expect(stack.resources("AWS::IAM::Policy")).toEqual([]);
  expect(stack.resources("AWS::IAM::ManagedPolicy")).toEqual([]);
});

describe("the agents' door", () => {
  const agentApi = named(stack, "agent-api");

  it("is a function URL that lets everybody in, with both permissions, each bound to it", () => {
    const target = { "Fn::GetAtt": [agentApi.logicalId, "Arn"] };
    const urls = stack.resources("AWS::Lambda::Url").map(({ Properties }) => Properties);
    expect(urls).toEqual([{ AuthType: "NONE", TargetFunctionArn: target }]);
    const permissions = stack.resources("AWS::Lambda::Permission").map(({ Properties }) => Properties);
    const open = { FunctionName: target, Principal: "*" };
    expect(permissions).toHaveLength(2);
    expect(permissions).toContainEqual({ ...open, Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" });
    expect(permissions).toContainEqual({ ...open, Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true });
  });

  it("keeps concurrency for itself, and has no more", () => {
    const reserved = (options: object) =>
      named(templateOf({ ...options }), "agent-api").Properties.ReservedConcurrentExecutions;
    expect(agentApi.Properties.ReservedConcurrentExecutions).toBe(100);
    expect(reserved({ reservedConcurrency: "7" })).toBe(7);
    expect(reserved({ reservedConcurrency: "none" })).toBeUndefined();
    expect(named(stack, "task-forwarder").Properties.ReservedConcurrentExecutions).toBeUndefined();
  });

  it("has no CloudFront unless a domain is given", () => {
    expect(stack.resources("AWS::CloudFront::Distribution")).toEqual([]);
  });
});

describe("with a domain of one's own", () => {
  const certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b";
  const custom = templateOf({ domainName: "agents.example.com", certificateArn: certificate });
  const [distribution] = custom.resources("AWS::CloudFront::Distribution");
  const { DistributionConfig } = distribution?.Properties ?? {};

  it("CloudFront answers there, over modern TLS only", () => {
    expect(DistributionConfig).toMatchObject({
      Aliases: ["agents.example.com"],
      Enabled: true,
      ViewerCertificate: {
        AcmCertificateArn: certificate,
        MinimumProtocolVersion: "TLSv1.2_2021",
        SslSupportMethod: "sni-only",
      },
    });
    expect(DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy).toBe("https-only");
  });

  it("passes every call on, tokens among its headers, and keeps no answer", () => {
    expect(DistributionConfig.DefaultCacheBehavior).toMatchObject({
      AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
      CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", // CachingDisabled, in CloudFront's list of managed policies
      OriginRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac", // AllViewerExceptHostHeader, likewise
    });
    const [origin] = DistributionConfig.Origins;
    expect(JSON.stringify(origin.DomainName)).toContain("FunctionUrl");
    expect(origin.CustomOriginConfig.OriginProtocolPolicy).toBe("https-only");
  });

  it("says where agents go, and where the domain has to point", () => {
    expect(custom.outputs.AgentUrl?.Value).toBe("https://agents.example.com/");
    expect(custom.outputs.CloudFrontDomain?.Value).toEqual({ "Fn::GetAtt": [distribution?.logicalId, "DomainName"] });
  });
});

describe("working off queues", () => {
  const sources = (template: typeof stack, name: string) => {
    const { logicalId } = named(template, name);
    return template
      .resources("AWS::Lambda::EventSourceMapping")
      .filter(({ Properties }) => Properties.FunctionName.Ref === logicalId)
      .map(({ Properties: { FunctionName, ...rest } }) => rest);
  };
  const queue = (id: string) => {
    const [found] = stack.resources("AWS::SQS::Queue").filter(({ Properties }) => Properties.QueueName === id);
    return { "Fn::GetAtt": [found?.logicalId, "Arn"] };
  };
  const rest = {
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 1,
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  };

  it("takes tasks to the dispatcher and deliveries to the forwarder, a few batches at once, failures one by one", () => {
    expect(sources(stack, "agent-api")).toEqual([]);
    expect(sources(stack, "task-dispatcher")).toEqual([
      { ...rest, EventSourceArn: queue("flashpoint-tasks"), ScalingConfig: { MaximumConcurrency: 5 } },
    ]);
    expect(sources(stack, "task-forwarder")).toEqual([
      { ...rest, EventSourceArn: queue("flashpoint-deliveries"), ScalingConfig: { MaximumConcurrency: 20 } },
    ]);
  });

  it("takes as many at once as it is told", () => {
    const other = templateOf({ dispatcherConcurrency: 2, forwarderConcurrency: 100 });
    expect(sources(other, "task-dispatcher")[0].ScalingConfig).toEqual({ MaximumConcurrency: 2 });
    expect(sources(other, "task-forwarder")[0].ScalingConfig).toEqual({ MaximumConcurrency: 100 });
  });
});

it("tells the functions every setting that was changed, under the variable's name", () => {
  const changed = templateOf({
    stackName: "Acme",
    prefix: "acme-prd",
    requireToken: "false",
    logLevel: "debug",
    taskRetentionDays: 90,
    profileRetentionDays: 3,
    profileLinkSeconds: 600,
    onCpuPeriodMicros: 10_000,
    retrySchedule: [5, 60],
    collectorNetworks: ["10.0.0.0/8", "192.168.1.0/24"],
    policyCacheMs: 5_000,
    maxServicesPerQuery: 100,
  });
  const bucket = changed.resource("AWS::S3::Bucket", "Profiles");
  for (const { Properties } of changed.resources("AWS::Lambda::Function")) {
    expect(Properties.FunctionName).toMatch(/^acme-prd-/);
    expect(Properties.Environment.Variables).toEqual({
      FLASHPOINT_STACK: "acme-prd",
      FLASHPOINT_PROFILE_BUCKET: { Ref: bucket.logicalId },
      FLASHPOINT_LOG_LEVEL: "debug",
      FLASHPOINT_TASK_RETENTION_DAYS: "90",
      FLASHPOINT_PROFILE_RETENTION_DAYS: "3",
      FLASHPOINT_PROFILE_LINK_SECONDS: "600",
      FLASHPOINT_ON_CPU_PERIOD_US: "10000",
      FLASHPOINT_RETRY_SCHEDULE: "5,60",
      FLASHPOINT_COLLECTOR_NETWORKS: "10.0.0.0/8,192.168.1.0/24",
      FLASHPOINT_POLICY_CACHE_MS: "5000",
      FLASHPOINT_MAX_SERVICES_PER_QUERY: "100",
    });
  }
});

it("opens the secrets named after the stack, and those that are named", () => {
  const other = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/hook-AbCdEf";
  const { Properties } = templateOf({ collectorSecrets: other }).resource("AWS::IAM::Role", "TaskForwarderRole");
  const statements: { Sid: string; Resource: unknown }[] = Properties.Policies[0].PolicyDocument.Statement;
  const opened = statements.filter(({ Sid }) => Sid === "ReadSecrets").flatMap(({ Resource }) => Resource);
  expect(opened).toHaveLength(2);
  expect(opened).toContain(other);
  expect(JSON.stringify(opened)).toContain(':secret:flashpoint/*"');
});
