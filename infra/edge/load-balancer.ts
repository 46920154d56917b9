import { CfnParameter, Duration } from "aws-cdk-lib";
import {
  AlpnPolicy,
  ListenerCertificate,
  NetworkLoadBalancer,
  NetworkTargetGroup,
  Protocol,
  SslPolicy,
  TargetType,
} from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { EdgeOptions } from "../options/edge-options.ts";
import { CERTIFICATE_ARN } from "../options/forms.ts";
import type { Network } from "./network.ts";
import { GRPC_PORT, HTTP_PORT } from "./ports.ts";

/** A task that is to end gets no new connections for so long, before it is told to stop and asks its agents to leave. */
const DEREGISTRATION_SECONDS = 60;

export interface Balancing {
  readonly loadBalancer: NetworkLoadBalancer;
  readonly targetGroup: NetworkTargetGroup;
}

/** Takes the agents' connections, ends their TLS, and hands each to a task that lives. */
export function createLoadBalancer(
  scope: Construct,
  { vpc, balancerGroup }: Pick<Network, "vpc" | "balancerGroup">,
  { certificateArn }: Pick<EdgeOptions, "certificateArn">,
): Balancing {
  const loadBalancer = new NetworkLoadBalancer(scope, "LoadBalancer", {
    vpc,
    internetFacing: true,
    securityGroups: [balancerGroup],
    crossZoneEnabled: true, // agents keep the address of one zone, where there may be fewer tasks or none
  });
  acknowledge(
    loadBalancer,
    "AwsSolutions-ELB2",
    "Its log would hold a line for each connection, which CloudWatch's metrics count and tokens vouch for, in a bucket of its own.",
  );
  const targetGroup = new NetworkTargetGroup(scope, "Targets", {
    vpc,
    targetType: TargetType.IP,
    protocol: Protocol.TCP,
    port: GRPC_PORT,
    preserveClientIp: false, // the server has no use for it, and two agents behind one NAT may have the same port
    deregistrationDelay: Duration.seconds(DEREGISTRATION_SECONDS),
    connectionTermination: false, // the server asks its agents to leave, which cuts off no call
    healthCheck: {
      // Whether the process lives, and not whether DynamoDB does: an outage there must not take away every task.
      protocol: Protocol.HTTP,
      port: String(HTTP_PORT),
      path: "/healthz",
      interval: Duration.seconds(10),
      timeout: Duration.seconds(5),
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 3,
    },
  });
  loadBalancer.addListener("Agents", {
    port: GRPC_PORT,
    protocol: Protocol.TLS,
    certificates: [ListenerCertificate.fromArn(certificateArn ?? askForCertificate(scope))],
    sslPolicy: SslPolicy.TLS13_12_RES_PQ, // TLS 1.2 with forward secrecy, or 1.3
    alpnPolicy: AlpnPolicy.HTTP2_ONLY, // gRPC's client for Go, which Rover has, takes no server that does not say h2
    defaultTargetGroups: [targetGroup],
  });
  return { loadBalancer, targetGroup };
}

/** Without a default: CloudFormation deploys nothing as long as nobody has said it. */
function askForCertificate(scope: Construct): string {
  const parameter = new CfnParameter(scope, "CertificateArn", {
    type: "String",
    description: "ACM certificate of the gRPC edge, in this region, for the name that agents call it by",
    allowedPattern: CERTIFICATE_ARN.source,
    constraintDescription: "takes the ARN of an ACM certificate",
  });
  parameter.overrideLogicalId("EdgeCertificateArn");
  return parameter.valueAsString;
}
