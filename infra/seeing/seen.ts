import type { FargateService } from "aws-cdk-lib/aws-ecs";
import type { NetworkLoadBalancer, NetworkTargetGroup } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { StackOptions } from "../options/read-options.ts";
import type { Queues } from "../storage/queues.ts";
import type { Tables } from "../storage/tables.ts";

/** What the dashboard shows and alarms watch. */
export interface Seen {
  readonly options: Pick<StackOptions, "stackName" | "prefix" | "reservedConcurrency" | "alarmEmail">;
  readonly tables: Tables;
  readonly queues: Queues;
  readonly functions: SeenFunctions;
  readonly edge?: SeenEdge | undefined;
}

/** By their names without the prefix. */
export type SeenFunctions = Readonly<Record<"agent-api" | "task-dispatcher" | "task-forwarder", LambdaFunction>>;

export interface SeenEdge {
  readonly service: FargateService;
  readonly loadBalancer: NetworkLoadBalancer;
  readonly targetGroup: NetworkTargetGroup;
}
