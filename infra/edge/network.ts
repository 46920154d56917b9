import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { EdgeOptions } from "../options/edge-options.ts";
import type { StackOptions } from "../options/read-options.ts";
import { createFlowLog } from "./flow-log.ts";
import { GRPC_PORT, HTTP_PORT } from "./ports.ts";

export interface Network {
  readonly vpc: IVpc;
  readonly balancerGroup: SecurityGroup;
  readonly taskGroup: SecurityGroup;
}

/**
 * A network of the edge's own, in two zones or one. Agents reach the load balancer, the load balancer reaches the tasks, and the
 * tasks reach AWS over HTTPS; nothing else reaches anything. Tasks have public addresses, since the way out that private
 * ones need, a NAT gateway in each zone, would cost more than they do. Their security group lets nobody in from outside.
 */
export function createNetwork(
  scope: Construct,
  options: Pick<StackOptions, "prefix" | "logRetentionDays">,
  { allowedCidrs, zones }: Pick<EdgeOptions, "allowedCidrs" | "zones">,
): Network {
  const vpc = createVpc(scope, zones);
  // Free, and most of what tasks say to AWS goes this way.
  vpc.addGatewayEndpoint("DynamoDb", { service: GatewayVpcEndpointAwsService.DYNAMODB });
  vpc.addGatewayEndpoint("S3", { service: GatewayVpcEndpointAwsService.S3 });
  createFlowLog(scope, options, vpc);

  const balancerGroup = new SecurityGroup(scope, "LoadBalancerGroup", {
    vpc,
    description: "Load balancer of the gRPC edge: agents come in",
    allowAllOutbound: false,
  });
  const taskGroup = new SecurityGroup(scope, "TaskGroup", {
    vpc,
    description: "Tasks of the gRPC edge: the load balancer comes in",
    allowAllOutbound: false,
  });
  for (const cidr of allowedCidrs) balancerGroup.addIngressRule(Peer.ipv4(cidr), Port.tcp(GRPC_PORT), "Agents");
  for (const [port, what] of [
    [GRPC_PORT, "Calls"],
    [HTTP_PORT, "Health checks"],
  ] as const) {
    // By their addresses: rules that name a group stand apart from this one, and without any of its own it lets all out.
    balancerGroup.addEgressRule(Peer.ipv4(vpc.vpcCidrBlock), Port.tcp(port), what);
    taskGroup.addIngressRule(balancerGroup, Port.tcp(port), what);
  }
  taskGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "AWS");
  acknowledge(
    balancerGroup,
    "AwsSolutions-EC23",
    "Agents may be anywhere, and their tokens are checked; edgeAllowedCidrs narrows it down to where they are.",
  );
  return { vpc, balancerGroup, taskGroup };
}

function createVpc(scope: Construct, zones: number): IVpc {
  return new Vpc(scope, "Vpc", {
    ipAddresses: IpAddresses.cidr("10.0.0.0/20"),
    maxAzs: zones,
    natGateways: 0,
    subnetConfiguration: [
      { name: "Public", subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false }, // tasks ask for theirs
    ],
    // It admits only its own members and has none. To close it for good, the CDK would bring a function and a role.
    restrictDefaultSecurityGroup: false,
  }) as IVpc; // under exactOptionalPropertyTypes the CDK's classes do not fit its own interfaces
}
