import { Duration } from "aws-cdk-lib";
import { SubnetType } from "aws-cdk-lib/aws-ec2";
import {
  AvailabilityZoneRebalancing,
  Cluster,
  ContainerInsights,
  FargatePlatformVersion,
  FargateService,
  type FargateTaskDefinition,
  type ICluster,
} from "aws-cdk-lib/aws-ecs";
import type { NetworkTargetGroup } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { EdgeOptions } from "../options/edge-options.ts";
import type { StackOptions } from "../options/read-options.ts";
import type { Network } from "./network.ts";
import { GRPC_PORT } from "./ports.ts";
import { CONTAINER } from "./task.ts";

/** Keeps as many tasks as the agents need, spread over the zones, and replaces them without a gap. */
export function createService(
  scope: Construct,
  { prefix }: Pick<StackOptions, "prefix">,
  { minTasks, maxTasks, zones }: Pick<EdgeOptions, "minTasks" | "maxTasks" | "zones">,
  { vpc, taskGroup }: Pick<Network, "vpc" | "taskGroup">,
  { definition, targetGroup }: { definition: FargateTaskDefinition; targetGroup: NetworkTargetGroup },
): FargateService {
  const cluster = new Cluster(scope, "Cluster", {
    vpc,
    clusterName: `${prefix}-edge`,
    containerInsightsV2: ContainerInsights.DISABLED,
  }) as ICluster; // under exactOptionalPropertyTypes the CDK's classes do not fit its own interfaces
  acknowledge(
    cluster,
    "AwsSolutions-ECS4",
    "What ECS tells for nothing, processor and memory of the service, and the server's own metrics say what matters.",
  );
  // How many there are is not said here, since each deployment would set it back: the scaling decides.
  const service = new FargateService(scope, "Service", {
    cluster,
    taskDefinition: definition,
    platformVersion: FargatePlatformVersion.LATEST,
    vpcSubnets: { subnetType: SubnetType.PUBLIC },
    assignPublicIp: true,
    securityGroups: [taskGroup],
    minHealthyPercent: 100,
    maxHealthyPercent: 200,
    circuitBreaker: { enable: true, rollback: true },
    availabilityZoneRebalancing: zones > 1 ? AvailabilityZoneRebalancing.ENABLED : AvailabilityZoneRebalancing.DISABLED,
    healthCheckGracePeriod: Duration.seconds(60),
    enableExecuteCommand: false,
  });
  targetGroup.addTarget(service.loadBalancerTarget({ containerName: CONTAINER, containerPort: GRPC_PORT }));

  const scaling = service.autoScaleTaskCount({ minCapacity: minTasks, maxCapacity: maxTasks });
  scaling.scaleOnCpuUtilization("Processor", {
    targetUtilizationPercent: 60,
    scaleOutCooldown: Duration.minutes(1),
    scaleInCooldown: Duration.minutes(10), // agents come over to another task only as their connections grow old
  });
  return service;
}
