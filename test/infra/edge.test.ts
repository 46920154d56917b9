import { describe, expect, it } from "vitest";
import { GRACE_MS } from "../../server/agent-ports.ts";
import { edge, getAtt, narrow, only, taskGroup } from "../support/edge-templates.ts";
import { type ReadTemplate, templateOf } from "../support/stack.ts";

const container = only(edge, "AWS::ECS::TaskDefinition").ContainerDefinitions[0];

describe("without the option", () => {
  it("there is nothing of it, and nothing that costs by the hour", () => {
    const plain = templateOf();
    const types = plain.resources().map(({ Type }) => Type);
    expect(
      types.filter((type) => /::(EC2|ECS|ECR|ElasticLoadBalancingV2|ApplicationAutoScaling)::/.test(type)),
    ).toEqual([]);
    expect(plain.resources().filter(({ logicalId }) => logicalId.startsWith("Edge"))).toEqual([]);
    expect(Object.keys(plain.outputs).filter((key) => key.startsWith("Edge"))).toEqual([]);
    expect(plain.template.findParameters("EdgeCertificateArn")).toEqual({});
  });
});

describe("its server", () => {
  it("runs on arm64, small", () => {
    expect(only(edge, "AWS::ECS::TaskDefinition")).toMatchObject({
      RequiresCompatibilities: ["FARGATE"],
      NetworkMode: "awsvpc",
      RuntimePlatform: { CpuArchitecture: "ARM64", OperatingSystemFamily: "LINUX" },
      Cpu: "512",
      Memory: "1024",
    });
  });

  it("is as large as the options say", () => {
    expect(only(narrow, "AWS::ECS::TaskDefinition")).toMatchObject({ Cpu: "256", Memory: "512" });
  });

  it("has all of its task's memory, and knows that it has no more", () => {
    expect(container.Memory).toBe(1_024);
    expect(only(narrow, "AWS::ECS::TaskDefinition").ContainerDefinitions[0].Memory).toBe(512);
  });

  it("is not root, writes to no disk, has no capabilities, and has an init process above it", () => {
    expect(container).toMatchObject({
      User: "node",
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ["ALL"] }, InitProcessEnabled: true },
    });
    expect(container.Privileged).not.toBe(true);
  });

  it("may have many connections", () => {
    expect(container.Ulimits).toEqual([{ Name: "nofile", SoftLimit: 65_535, HardLimit: 65_535 }]);
  });

  it("is asked by the gRPC health probe", () => {
    expect(container.HealthCheck).toMatchObject({ Command: ["CMD", "node", "server/health-probe.ts"], Retries: 3 });
  });

  it("has more time to stop than it takes", () => {
    expect(container.StopTimeout * 1_000).toBeGreaterThan(GRACE_MS + 2_500);
  });

  it("logs to a group that forgets", () => {
    const { logicalId, Properties } = edge.resource("AWS::Logs::LogGroup", "EdgeLogs");
    expect(Properties).toMatchObject({ LogGroupName: "/flashpoint/flashpoint-edge/server", RetentionInDays: 30 });
    expect(container.LogConfiguration.LogDriver).toBe("awslogs");
    expect(container.LogConfiguration.Options["awslogs-group"]).toEqual({ Ref: logicalId });
  });

  it("is told of the stack's names, of the region, and to tell CloudWatch its metrics; of no secret", () => {
    const told = (template: ReadTemplate) =>
      Object.fromEntries(
        only(template, "AWS::ECS::TaskDefinition").ContainerDefinitions[0].Environment.map(
          ({ Name, Value }: { Name: string; Value: unknown }) => [Name, Value],
        ),
      );
    expect(told(narrow)).toEqual({
      AWS_REGION: { Ref: "AWS::Region" },
      FLASHPOINT_EMF: "true",
      FLASHPOINT_MAX_CONNECTIONS: "4000",
      FLASHPOINT_PROFILE_BUCKET: { Ref: narrow.resource("AWS::S3::Bucket", "Profiles").logicalId },
      FLASHPOINT_REQUIRE_TOKEN: "true",
      FLASHPOINT_STACK: "fp-2",
    });
    expect(container.Secrets).toBeUndefined();
  });
});

describe("its roles", () => {
  const statementsOf = (start: string) => only(edge, "AWS::IAM::Role", start).Policies[0].PolicyDocument.Statement;

  it("lets the server do just what the agents' function may, but for its log", () => {
    const asFunction = edge.resource("AWS::IAM::Role", "AgentApi").Properties.Policies[0].PolicyDocument.Statement;
    expect(statementsOf("EdgeTaskRole")).toEqual(asFunction.filter(({ Sid }: { Sid: string }) => Sid !== "WriteLog"));
  });

  it("lets ECS fetch the image and write the log, and nothing else", () => {
    const statements: { Action: string[] | string; Resource: unknown }[] = statementsOf("EdgeExecutionRole");
    expect(statements.flatMap(({ Action }) => Action).toSorted()).toEqual([
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]);
    const everywhere = statements.filter(({ Resource }) => Resource === "*");
    expect(everywhere.map(({ Action }) => Action)).toEqual(["ecr:GetAuthorizationToken"]);
  });

  it("are all that it has: none with a policy of AWS, none with one of its own beside", () => {
    const roles = edge.resources("AWS::IAM::Role").filter(({ logicalId }) => logicalId.startsWith("Edge"));
    expect(roles).toHaveLength(3);
    expect(roles.map(({ Properties }) => Properties.ManagedPolicyArns)).toEqual([undefined, undefined, undefined]);
    expect(roles.map(({ Properties }) => Properties.Policies.length)).toEqual([1, 1, 1]);
    expect(edge.resources("AWS::IAM::Policy")).toEqual([]);
  });
});

describe("its service", () => {
  const service = only(edge, "AWS::ECS::Service");

  it("replaces tasks without a gap, and goes back if the new ones do not live", () => {
    expect(service.DeploymentConfiguration).toEqual({
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
      DeploymentCircuitBreaker: { Enable: true, Rollback: true },
    });
  });

  it("keeps tasks spread over the zones, with a way out to AWS, behind the load balancer", () => {
    const subnets = edge.resources("AWS::EC2::Subnet").map(({ logicalId }) => ({ Ref: logicalId }));
    expect(service).toMatchObject({
      LaunchType: "FARGATE",
      AvailabilityZoneRebalancing: "ENABLED",
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          AssignPublicIp: "ENABLED",
          SecurityGroups: [getAtt(taskGroup.logicalId, "GroupId")],
          Subnets: subnets,
        },
      },
      LoadBalancers: [{ ContainerName: "server", ContainerPort: 11_800 }],
    });
  });

  it("has nothing to spread where it stands in one zone", () => {
    const inOne = only(narrow, "AWS::ECS::Service");
    expect(inOne.NetworkConfiguration.AwsvpcConfiguration.Subnets).toHaveLength(1);
    expect(inOne.AvailabilityZoneRebalancing).toBe("DISABLED");
  });

  it("opens no shell into tasks", () => {
    expect(service.EnableExecuteCommand).toBe(false);
  });

  it("has as many tasks as the load asks for, within the options; a deployment does not set that back", () => {
    const capacity = (template: ReadTemplate) => {
      const { MinCapacity, MaxCapacity } = only(template, "AWS::ApplicationAutoScaling::ScalableTarget");
      return [MinCapacity, MaxCapacity];
    };
    expect(capacity(edge)).toEqual([2, 10]);
    expect(capacity(narrow)).toEqual([3, 7]);
    expect(service).not.toHaveProperty("DesiredCount");
    expect(
      only(edge, "AWS::ApplicationAutoScaling::ScalingPolicy").TargetTrackingScalingPolicyConfiguration,
    ).toMatchObject({
      PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
      TargetValue: 60,
    });
  });
});
