import { describe, expect, it } from "vitest";
import { balancerGroup, CERTIFICATE, edge, getAtt, narrow, only, taskGroup } from "../support/edge-templates.ts";

describe("the edge's network", () => {
  it("is its own, in two zones, without a NAT gateway", () => {
    expect(edge.resources("AWS::EC2::VPC")).toHaveLength(1);
    const zones = edge.resources("AWS::EC2::Subnet").map(({ Properties }) => Properties.AvailabilityZone);
    expect(zones).toEqual([{ "Fn::Select": [0, { "Fn::GetAZs": "" }] }, { "Fn::Select": [1, { "Fn::GetAZs": "" }] }]);
    expect(edge.resources("AWS::EC2::NatGateway")).toEqual([]);
  });

  it("stands in one zone if the option says so, with its load balancer", () => {
    const subnets = narrow.resources("AWS::EC2::Subnet");
    expect(subnets.map(({ Properties }) => Properties.AvailabilityZone)).toEqual([
      { "Fn::Select": [0, { "Fn::GetAZs": "" }] },
    ]);
    const { Subnets } = only(narrow, "AWS::ElasticLoadBalancingV2::LoadBalancer");
    expect(Subnets).toEqual(subnets.map(({ logicalId }) => ({ Ref: logicalId })));
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
    expect(only(narrow, "AWS::EC2::SecurityGroup", "EdgeLoadBalancerGroup").SecurityGroupIngress).toEqual(
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
});

describe("the edge's load balancer", () => {
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
