import type { FargateService } from "aws-cdk-lib/aws-ecs";
import type { NetworkLoadBalancer, NetworkTargetGroup } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { EdgeOptions } from "../options/edge-options.ts";
import type { StackOptions } from "../options/read-options.ts";
import type { Storage } from "../storage/storage.ts";
import { createLoadBalancer } from "./load-balancer.ts";
import { createNetwork } from "./network.ts";
import { GRPC_PORT } from "./ports.ts";
import { createService } from "./service.ts";
import { createTask } from "./task.ts";

export interface Edge {
  /** Host and port. Agents call it by the name on its certificate, which is to lead here. */
  readonly address: string;
  readonly service: FargateService;
  readonly loadBalancer: NetworkLoadBalancer;
  readonly targetGroup: NetworkTargetGroup;
  readonly logGroup: LogGroup;
}

/**
 * The door for agents that speak native gRPC, as unmodified Rovers do: the server in containers behind a load balancer.
 * It answers agents and works off no queue. It holds no state, so it comes and goes as the options say.
 */
export function createEdge(scope: Construct, options: StackOptions, edge: EdgeOptions, storage: Storage): Edge {
  const room = new Construct(scope, "Edge");
  const network = createNetwork(room, options, edge);
  const { loadBalancer, targetGroup } = createLoadBalancer(room, network, edge);
  const { definition, logGroup } = createTask(room, options, edge, storage);
  const service = createService(room, options, edge, network, { definition, targetGroup });
  return {
    address: `${loadBalancer.loadBalancerDnsName}:${GRPC_PORT}`,
    service,
    loadBalancer,
    targetGroup,
    logGroup,
  };
}
