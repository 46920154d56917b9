import { describe, expect, it } from "vitest";
import { GRACE_MS } from "../../server/agent-ports.ts";
import { type ReadTemplate, templateOf } from "../support/stack.ts";

const CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666";
const edge = templateOf({ edge: true });
const narrow = templateOf({
  edge: true,
  edgeCertificateArn: CERTIFICATE,
  edgeAllowedCidrs: "203.0.113.0/24,198.51.100.7/32",
  edgeMinTasks: 3,
  edgeMaxTasks: 7,
  prefix: "fp-2",
});

/** The only resource of a type. */
const only = (template: ReadTemplate, type: string, start = "Edge") => template.resource(type, start).Properties;
const getAtt = (logicalId: string, attribute: string) => ({ "Fn::GetAtt": [logicalId, attribute] });
const GROUP = "AWS::EC2::SecurityGroup";
const balancerGroup = edge.resource(GROUP, "EdgeLoadBalancerGroup");
const taskGroup = edge.resource(GROUP, "EdgeTaskGroup");
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

describe("its network", () => {
  it("is its own, in two zones, without a NAT gateway", () => {
    expect(edge.resources("AWS::EC2::VPC")).toHaveLength(1);
    const zones = edge.resources("AWS::EC2::Subnet").map(({ Properties }) => Properties.AvailabilityZone);
    expect(zones).toEqual([{ "Fn::Select": [0, { "Fn::GetAZs": "" }] }, { "Fn::Select": [1, { "Fn::GetAZs": "" }] }]);
    expect(edge.resources("AWS::EC2::NatGateway")).toEqual([]);
  });

  it("reaches DynamoDB and S3 by endpoints that cost nothing", () => {
    const endpoints = edge
      .resources("AWS::EC2::VPCEndpoint")
      .map(({ Properties }) => [Properties.VpcEndpointType, Properties.ServiceName["Fn::Join"][1].at(-1)]);
    expect(endpoints.toSorted()).toEqual([
      ["Gateway", ".dynamodb"],
      ["Gateway", ".s3"],
    ]);
  });

  it("notes what it turns away, and forgets it", () => {
    expect(only(edge, "AWS::EC2::FlowLog")).toMatchObject({
      ResourceType: "VPC",
      ResourceId: { Ref: edge.resource("AWS::EC2::VPC", "").logicalId },
      TrafficType: "REJECT",
      LogGroupName: { Ref: edge.resource("AWS::Logs::LogGroup", "EdgeFlowLog").logicalId },
    });
    expect(only(edge, "AWS::Logs::LogGroup", "EdgeFlowLog").RetentionInDays).toBe(30);
  });

  it("lets agents in to the gRPC port of the load balancer, from where the option says", () => {
    const from = (cidrs: string[]) =>
      cidrs.map((CidrIp) => ({ CidrIp, Description: "Agents", IpProtocol: "tcp", FromPort: 11_800, ToPort: 11_800 }));
    expect(balancerGroup.Properties.SecurityGroupIngress).toEqual(from(["0.0.0.0/0"]));
    expect(only(narrow, GROUP, "EdgeLoadBalancerGroup").SecurityGroupIngress).toEqual(
      from(["203.0.113.0/24", "198.51.100.7/32"]),
    );
  });

  it("lets nobody but the load balancer in to the tasks: calls, and the port of metrics for health checks alone", () => {
    expect(taskGroup.Properties.SecurityGroupIngress).toBeUndefined();
    const rules = edge.resources("AWS::EC2::SecurityGroupIngress").map(({ Properties }) => Properties);
    const source = getAtt(balancerGroup.logicalId, "GroupId");
    const GroupId = getAtt(taskGroup.logicalId, "GroupId");
    const rule = (port: number) => ({ GroupId, SourceSecurityGroupId: source, FromPort: port, ToPort: port });
    expect(rules).toHaveLength(2);
    expect(rules).toEqual([expect.objectContaining(rule(11_800)), expect.objectContaining(rule(12_800))]);
  });

  it("lets the load balancer out to the two ports of tasks, and tasks to HTTPS, in each group's own rules", () => {
    const out = (group: typeof taskGroup) =>
      group.Properties.SecurityGroupEgress.map((rule: { FromPort: number; ToPort: number; CidrIp: unknown }) => [
        rule.CidrIp,
        rule.FromPort,
        rule.ToPort,
      ]);
    const network = getAtt(edge.resource("AWS::EC2::VPC", "").logicalId, "CidrBlock");
    expect(out(balancerGroup)).toEqual([
      [network, 11_800, 11_800],
      [network, 12_800, 12_800],
    ]);
    expect(out(taskGroup)).toEqual([["0.0.0.0/0", 443, 443]]);
    expect(edge.resources("AWS::EC2::SecurityGroupEgress")).toEqual([]);
  });

  // EC2 API reference, CreateSecurityGroup: it takes no apostrophe, for one.
  it("describes its groups in characters that EC2 takes", () => {
    for (const { Properties } of edge.resources(GROUP)) {
      expect(Properties.GroupDescription).toMatch(/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/);
    }
  });
});

describe("its load balancer", () => {
  const listener = only(edge, "AWS::ElasticLoadBalancingV2::Listener");
  const targets = only(edge, "AWS::ElasticLoadBalancingV2::TargetGroup");
  const attributes = (list: { Key: string; Value: string }[]) =>
    Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));

  it("stands in the internet and hands connections over zones", () => {
    const { Type, Scheme, SecurityGroups, LoadBalancerAttributes } = only(
      edge,
      "AWS::ElasticLoadBalancingV2::LoadBalancer",
    );
    expect([Type, Scheme]).toEqual(["network", "internet-facing"]);
    expect(SecurityGroups).toEqual([getAtt(balancerGroup.logicalId, "GroupId")]);
    expect(attributes(LoadBalancerAttributes)["load_balancing.cross_zone.enabled"]).toBe("true");
  });

  it("speaks TLS 1.2 with forward secrecy or 1.3, and HTTP/2, which Rover's client insists on", () => {
    expect(listener).toMatchObject({
      Port: 11_800,
      Protocol: "TLS",
      SslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
      AlpnPolicy: ["HTTP2Only"],
    });
  });

  it("asks for its certificate when the stack is deployed, unless an option names it", () => {
    const { EdgeCertificateArn } = edge.template.findParameters("EdgeCertificateArn");
    expect(EdgeCertificateArn).not.toHaveProperty("Default");
    const form = new RegExp(EdgeCertificateArn?.AllowedPattern);
    expect([CERTIFICATE, "", "certificate", `${CERTIFICATE} `].filter((arn) => form.test(arn))).toEqual([CERTIFICATE]);
    expect(listener.Certificates).toEqual([{ CertificateArn: { Ref: "EdgeCertificateArn" } }]);
    expect(only(narrow, "AWS::ElasticLoadBalancingV2::Listener").Certificates).toEqual([
      { CertificateArn: CERTIFICATE },
    ]);
    expect(narrow.template.findParameters("EdgeCertificateArn")).toEqual({});
  });

  it("hands cleartext HTTP/2 to the tasks", () => {
    expect(targets).toMatchObject({ Port: 11_800, Protocol: "TCP", TargetType: "ip" });
  });

  it("asks whether a task lives, and not whether DynamoDB does", () => {
    expect(targets).toMatchObject({
      HealthCheckProtocol: "HTTP",
      HealthCheckPort: "12800",
      HealthCheckPath: "/healthz",
      HealthCheckIntervalSeconds: 10,
    });
  });

  it("sends a task that is to end no new connections, and cuts none: the server asks its agents to leave", () => {
    expect(attributes(targets.TargetGroupAttributes)).toEqual({
      "deregistration_delay.timeout_seconds": "60",
      "deregistration_delay.connection_termination.enabled": "false",
      "preserve_client_ip.enabled": "false",
    });
  });

  it("is what the output leads to", () => {
    const { logicalId } = edge.resource("AWS::ElasticLoadBalancingV2::LoadBalancer", "Edge");
    expect(edge.outputs.EdgeAddress?.Value).toEqual({ "Fn::Join": ["", [getAtt(logicalId, "DNSName"), ":11800"]] });
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
