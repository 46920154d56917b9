import { type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { GrpcCaller } from "../../../server/demo/grpc-caller.ts";
import { ContinuousProfilingService } from "../../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { servicesIn } from "../../support/policies.ts";
import { faultForAgent } from "../agent-rules.ts";
import { randomPolicyItem } from "../policy-items.ts";
import type { Target } from "../target.ts";

const SHOWN = 900;

/** Items of any shape in the table of policies, each of a service of its own, and the poll of an agent that holds one. */
export function createPolicyTable(options: {
  dynamodb: DynamoDBClient;
  table: string;
  grpc: GrpcCaller;
  token: string;
  /** A service that has a policy, which nothing beside it may take down. */
  goodService: string;
}): Target {
  const { dynamodb, table, grpc, token, goodService } = options;
  return {
    name: "policy-items",
    weight: 0.05,
    async run(random, index, tell) {
      const serviceName = `fuzz-policy-${index}`;
      const item = { serviceName: { S: serviceName }, ...randomPolicyItem(random) };
      tell(JSON.stringify(item).slice(0, SHOWN));
      try {
        await dynamodb.send(new PutItemCommand({ TableName: table, Item: item }));
      } catch (error) {
        return { kind: `not storable: ${(error as Error).name}` };
      }
      const policies = [{ serviceName, uuid: "held by the agent" }, { serviceName: goodService }];
      const answer = await grpc
        .call(ContinuousProfilingService.method.queryPolicies, { policies }, { authentication: token })
        .then(servicesIn);
      if (!answer.some(({ ServiceName }) => ServiceName === goodService))
        return { kind: "took another down", fault: `the good policy is not in ${JSON.stringify(answer)}` };
      const heard = answer.find(({ ServiceName }) => ServiceName === serviceName);
      if (heard === undefined) return { kind: "nothing heard" };
      if (heard.UUID === "" || Object.keys(heard.Profiling).length === 0)
        return { kind: "gone", fault: `its agent hears that it is gone: ${JSON.stringify(heard)}` };
      const refused = faultForAgent(heard.Profiling);
      if (refused !== undefined) return { kind: "invalid", fault: `its agent hears ${refused}` };
      return { kind: "heard" };
    },
  };
}
