import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { lambdaFetch } from "../support/lambda-fetch.ts";
import { FUNCTION_URL, type LambdaWorld, startLambdaWorld } from "../support/lambda-world.ts";
import { cpuPolicy, goodReport, servicesIn, taskIdIn } from "../support/policies.ts";
import { receiveAll } from "../support/receive-all.ts";
import { sqsEvent } from "../support/sqs-event.ts";

const STACK = "in-lambda";

let world: LambdaWorld;
let collector: RecordingCollector;

beforeAll(async () => {
  world = await startLambdaWorld(STACK);
  collector = await startRecordingCollector(SECRET);
});
afterAll(async () => {
  await collector.close();
  await world.stop();
});

describe("the three functions, with nothing but Lambda's environment", () => {
  it.each([
    ["Connect", createConnectTransport],
    ["gRPC-web", createGrpcWebTransport],
  ])("serve a policy over %s", async (_name, createTransport) => {
    const { stores, agentApi } = world;
    await stores.policyStore.put("checkout", cpuPolicy(80), { updatedBy: "test" });
    const client = createClient(
      ContinuousProfilingService,
      createTransport({ baseUrl: FUNCTION_URL, fetch: lambdaFetch(agentApi) }),
    );
    expect(servicesIn(await client.queryPolicies({ policies: [{ serviceName: "checkout" }] }))).toHaveLength(1);
  });

  it("carry a report from the agent to the collector", async () => {
    const { stores, engines, agent, taskDispatcher, taskForwarder } = world;
    await stores.collectorStore.put(webhookTo(collector.url, { name: "hook" }));
    const taskId = taskIdIn(await agent.reportProfilingTask(goodReport()));

    const reported = await receiveAll(engines.aws, `${STACK}-tasks`, 1);
    expect(await taskDispatcher(sqsEvent(reported))).toEqual({ batchItemFailures: [] });
    expect((await stores.taskStore.get(taskId))?.deliveries.hook?.status).toBe("pending");

    // SQS may hand the same message out twice: still one record, and no collector is forgotten.
    expect(await taskDispatcher(sqsEvent(reported))).toEqual({ batchItemFailures: [] });
    const deliveries = await receiveAll(engines.aws, `${STACK}-deliveries`, 2);
    expect(await taskForwarder(sqsEvent(deliveries))).toEqual({ batchItemFailures: [] });
    expect((await stores.taskStore.list({ limit: 10 })).map(({ task }) => task.taskId)).toEqual([taskId]);
    expect((await stores.taskStore.get(taskId))?.deliveries.hook?.status).toBe("delivered");
    expect(new Set(collector.received.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([taskId]));
    expect(collector.received.every(({ verified }) => verified)).toBe(true);

    // Delivered is delivered: a third coming of the report sends nothing more.
    expect(await taskDispatcher(sqsEvent(reported))).toEqual({ batchItemFailures: [] });
    expect(await receiveAll(engines.aws, `${STACK}-deliveries`, 0)).toEqual([]);
  });
});
