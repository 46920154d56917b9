import { readFileSync } from "node:fs";
import {
  type DescMessage,
  type DescMethod,
  type DescMethodClientStreaming,
  type DescMethodUnary,
  type DescService,
  fromJson,
  type JsonValue,
  toJson,
} from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { type Commands, CommandsSchema } from "../../shared/gen/common/Common_pb.js";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { type LambdaServer, startLambdaDoor } from "../support/lambda-server.ts";
import { cpuPolicy, servicesIn, taskIdIn } from "../support/policies.ts";
import { readPprof, totalsOf } from "../support/pprof-file.ts";
import { startWorld, type World } from "../support/world.ts";

/** A session in an agent's order; see its field `about`. */
interface Session {
  steps: {
    call: string;
    /** The request of a unary call, or the messages of a client stream. */
    send?: JsonValue;
    sendAll?: JsonValue[];
    /** The whole answer. */
    expect?: JsonValue;
    /** The policies in the answer, without their UUIDs. */
    expectPolicies?: JsonValue;
    /** The answer names a task. */
    expectTask?: true;
  }[];
}

const SERVICES = [EBPFProcessService, EBPFProfilingService, ContinuousProfilingService, MeterReportService];
const FILE = new URL("./sessions/rover.json", import.meta.url);

/** Sends one call and returns its answer. */
type Call = (method: DescMethod, messages: JsonValue[]) => Promise<JsonValue>;

function nativeGrpc({ grpc }: World): Call {
  return async (method, messages) => {
    const requests = messages.map((message) => fromJson(method.input, message));
    const answer =
      method.methodKind === "client_streaming"
        ? await grpc.stream(method as DescMethodClientStreaming, requests)
        : await grpc.call(method as DescMethodUnary, requests[0] ?? {});
    return toJson(method.output, answer);
  };
}

function connect(baseUrl: string): Call {
  const transport = createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true });
  return async (method, messages) => {
    const requests = messages.map((message) => fromJson(method.input, message));
    const client = createClient(method.parent as DescService, transport) as Record<string, (input: unknown) => unknown>;
    const input = method.methodKind === "unary" ? requests[0] : iterate(requests);
    return toJson(method.output as DescMessage, (await client[method.localName]?.(input)) as Commands);
  };
}

async function* iterate<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}

function methodOf(call: string): DescMethod {
  const [serviceName, methodName] = call.split("/");
  const service = SERVICES.find(({ name }) => name === serviceName);
  const method = service?.methods.find(({ name }) => name === methodName);
  if (method === undefined) throw new Error(`there is no ${call}`);
  return method;
}

/** Replays the session and checks every answer. @returns the id of its task. */
async function replay(call: Call): Promise<string> {
  let taskId = "";
  const text = readFileSync(FILE, "utf8").replaceAll("{{NOW}}", String(Date.now()));
  const { steps } = JSON.parse(text) as Session;
  for (const step of steps) {
    const sent = JSON.stringify(step.sendAll ?? [step.send ?? {}]).replaceAll("{{TASK}}", taskId);
    const answer = await call(methodOf(step.call), JSON.parse(sent));
    if (step.expect !== undefined) expect(answer, step.call).toEqual(step.expect);
    if (step.expectPolicies !== undefined) {
      const services = servicesIn(fromJson(CommandsSchema, answer));
      expect(services.map(({ UUID: _, ...service }) => service)).toEqual(step.expectPolicies);
      expect(services.every(({ UUID }) => UUID !== "")).toBe(true);
    }
    if (step.expectTask) taskId = taskIdIn(fromJson(CommandsSchema, answer));
  }
  return taskId;
}

let world: World;
let lambda: LambdaServer;
let collector: RecordingCollector;

beforeAll(async () => {
  world = await startWorld();
  lambda = await startLambdaDoor(world.services);
  collector = await startRecordingCollector(SECRET);
  await world.services.policyStore.put("shop::checkout", cpuPolicy(80), { updatedBy: "test" });
  await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook", events: ["tasks", "profiles"] }));
});
afterAll(async () => {
  await lambda.close();
  await world.stop();
  await collector.close();
});

describe.each<[string, () => Call]>([
  ["native gRPC", () => nativeGrpc(world)],
  ["Connect through the Lambda handler", () => connect(lambda.url)],
  ["Connect on the HTTP port", () => connect(world.httpUrl)],
])("an agent's session over %s", (_road, open) => {
  it("is answered as the protocol says, from the first process to the profile at the collector", async () => {
    const taskId = await replay(open());
    const ofTask = (type: string) =>
      collector.waitFor(({ body }) => {
        const event = JSON.parse(body);
        return event.type === type && (event.data.taskId ?? event.data.task?.taskId) === taskId;
      }, 10_000);
    expect((await ofTask("flashpoint.task.reported.v1")).verified).toBe(true);
    const event = await ofTask("flashpoint.profile.collected.v1");
    expect(event.verified).toBe(true);

    const pprof = readPprof(Buffer.from(JSON.parse(event.body).data.pprof, "base64"));
    expect(totalsOf(pprof)).toEqual([252n, 252n * 9_000_000n]); // 210 + 35 + 7 samples of 9 ms
    expect(pprof.samples.map(({ frames, values }) => [frames.map(({ name }) => name).join(" < "), values[0]])).toEqual([
      ["Pricing.applyDiscounts < Checkout.total < Thread.run", 217n],
      ["tcp_sendmsg < entry_SYSCALL_64 < Socket.write < Checkout.reply < Thread.run", 35n],
    ]);
    expect(pprof.samples[0]?.labels).toMatchObject({
      service: "shop::checkout",
      instance: "checkout-7c9d-x2k4p",
      process: "java",
      task: taskId,
    });
    const measured = world.services.measured.list("shop::checkout");
    expect(measured).toMatchObject([{ processName: "java", type: "PROCESS_CPU", value: 97.25 }]);
  });
});
