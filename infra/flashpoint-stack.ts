import { type App, Stack } from "aws-cdk-lib";
import { createCustomDomain } from "./door/custom-domain.ts";
import { createFunctionUrl } from "./door/function-url.ts";
import { createEdge } from "./edge/edge.ts";
import { createAgentApi } from "./functions/agent-api.ts";
import { createTaskDispatcher } from "./functions/task-dispatcher.ts";
import { createTaskForwarder } from "./functions/task-forwarder.ts";
import type { StackOptions } from "./options/read-options.ts";
import { addOutputs } from "./outputs.ts";
import { createSeeing } from "./seeing/create-seeing.ts";
import { createStorage } from "./storage/storage.ts";
import { createTablesAfter } from "./storage/tables.ts";

/** The whole system, for one account and region: what holds state, what works, the agents' doors, and what is seen of it. */
export function createFlashpointStack(app: App, options: StackOptions): Stack {
  const stack = new Stack(app, options.stackName, {
    stackName: options.stackName,
    description: "Flashpoint: a backend for SkyWalking continuous profiling",
  });
  const storage = createStorage(stack, options);
  const agentApi = createAgentApi(stack, options, storage);
  const taskDispatcher = createTaskDispatcher(stack, options, storage);
  const taskForwarder = createTaskForwarder(stack, options, storage);

  const functionUrl = createFunctionUrl(agentApi);
  const { customDomain } = options;
  const distribution = customDomain && createCustomDomain(stack, customDomain, functionUrl);
  const edge = options.edge && createEdge(stack, options, options.edge, storage);

  const mayFail = [agentApi, taskDispatcher, taskForwarder, distribution, edge?.service];
  createTablesAfter(
    mayFail.filter((part) => part !== undefined),
    storage.tables,
  );

  const functions = { "agent-api": agentApi, "task-dispatcher": taskDispatcher, "task-forwarder": taskForwarder };
  const seeing = options.monitoring ? createSeeing(stack, { options, ...storage, functions, edge }) : undefined;

  addOutputs(
    stack,
    {
      AgentUrl: customDomain ? `https://${customDomain.name}/` : functionUrl.url,
      CloudFrontDomain: distribution?.distributionDomainName,
      EdgeAddress: edge?.address,
      ResourcePrefix: options.prefix,
      ProfileBucket: storage.profiles.bucketName,
      CollectorNetworks: options.collectorNetworks.join(","),
      DashboardUrl: seeing?.dashboardUrl,
      AlarmTopic: seeing?.alarmTopicArn,
    },
    storage,
  );
  return stack;
}
