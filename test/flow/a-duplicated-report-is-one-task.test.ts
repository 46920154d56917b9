import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openAgentPorts } from "../../server/agent-ports.ts";
import { createGrpcCaller, type GrpcCaller } from "../../server/demo/grpc-caller.ts";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { createPrometheusMetrics } from "../../server/http/prometheus.ts";
import { reachableAt } from "../../server/listening.ts";
import { localAws, withLoopback } from "../../server/local/local-aws.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import type { Commands } from "../../shared/gen/common/Common_pb.js";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { createLogger } from "../../shared/log.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { readPprof } from "../support/pprof-file.ts";
import { startServerProcess } from "../support/server-process.ts";
import { sqsEvent } from "../support/sqs-event.ts";
import { flushOf, onCpu } from "../support/stacks.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { until } from "../support/until.ts";
import { temporaryFolder } from "../support/world.ts";

const { reportProfilingTask } = ContinuousProfilingService.method;
const { collectProfilingData } = EBPFProfilingService.method;

type Report = ReturnType<typeof goodReport>;

/** A server beside that of the world, on the same engines, with a clock of its own. */
interface OtherServer {
  readonly services: Services;
  readonly grpc: GrpcCaller;
  stop(): Promise<void>;
}

let world: StillWorld;
let hook: RecordingCollector;
let service = "";
let reportsMade = 0;

beforeAll(async () => {
  world = await startStillWorld();
  hook = await startRecordingCollector(SECRET);
  await world.services.collectorStore.put(webhookTo(hook.url, { name: "hook", events: ["tasks", "profiles"] }));
});
beforeEach(() => {
  service = `checkout-${reportsMade++}`;
});
afterAll(async () => {
  await world.stop();
  await hook.close();
});

async function startOther(now: () => number = Date.now): Promise<OtherServer> {
  const { config, engines } = world;
  const log = createLogger("silent");
  const metrics = createPrometheusMetrics();
  const services = createServices({
    config: withLoopback(config),
    log,
    metrics,
    aws: createAwsClients(engines.aws),
    now,
  });
  const ports = await openAgentPorts(config, services, metrics);
  const grpc = createGrpcCaller(reachableAt(ports.grpc));
  return {
    services,
    grpc,
    async stop() {
      grpc.close();
      await ports.close(1_000);
      services.close();
    },
  };
}

const recordedIds = async (): Promise<string[]> =>
  (await world.services.taskStore.list({ serviceName: service, limit: 100 })).map(({ task }) => task.taskId);

/** What the collector got of this test's service, as its events' types and the ids of their tasks. */
function arrivals() {
  const events = hook.received.map(({ body }) => JSON.parse(body)).filter(({ subject }) => subject === service);
  return events.map(({ type, data }) => [type, data.taskId ?? data.profile.taskId]);
}

const TASK = "flashpoint.task.reported.v1";
const PROFILE = "flashpoint.profile.collected.v1";

describe("the same report twice at once", () => {
  const http = () => ({ baseUrl: world.httpUrl, httpVersion: "1.1" as const });
  const roads: Record<string, (report: Report) => Promise<Commands>> = {
    "native gRPC": (report) => world.grpc.call(reportProfilingTask, report),
    Connect: (report) =>
      createClient(ContinuousProfilingService, createConnectTransport(http())).reportProfilingTask(report),
    "gRPC-web": (report) =>
      createClient(ContinuousProfilingService, createGrpcWebTransport(http())).reportProfilingTask(report),
  };

  it.each(Object.entries(roads))("over %s is answered with one id: one record, one delivery", async (_name, send) => {
    const duplicates = await world.counted("flashpoint_duplicate_reports_total");
    const accepted = await world.counted("flashpoint_reports_total");
    const report = goodReport(service);
    const [taskId = "", ...others] = (await Promise.all([send(report), send(report)])).map(taskIdIn);
    expect([...others, taskIdIn(await send(report))]).toEqual([taskId, taskId]); // and once more, soon after
    expect(await world.counted("flashpoint_reports_total")).toBe(accepted + 1);
    expect(await world.counted("flashpoint_duplicate_reports_total")).toBe(duplicates + 2);

    const messages = await world.take("tasks", 1);
    expect(messages).toHaveLength(1);
    expect(await world.handle("tasks", messages)).toEqual([]);
    expect(await recordedIds()).toEqual([taskId]);
    expect(await world.handle("deliveries", await world.take("deliveries", 1))).toEqual([]);
    expect(arrivals()).toEqual([[TASK, taskId]]);
  });

  it("over different roads is answered with one id", async () => {
    const report = goodReport(service);
    const answers = await Promise.all(Object.values(roads).map((send) => send(report)));
    expect(new Set(answers.map(taskIdIn)).size).toBe(1);
    expect(await world.take("tasks", 1)).toHaveLength(1);
  });
});

it("reports that differ in one value are two tasks", async () => {
  const answers = [goodReport(service), goodReport(service)].map((report) =>
    world.grpc.call(reportProfilingTask, report),
  );
  const ids = (await Promise.all(answers)).map(taskIdIn);
  expect(await world.handle("tasks", await world.take("tasks", 2))).toEqual([]);
  expect((await recordedIds()).toSorted()).toEqual(ids.toSorted());
  await world.take("deliveries", 2);
});

it("the same report 61 s later is another task, on one server and on another", async () => {
  let now = Date.now();
  const [here, there] = await Promise.all([startOther(() => now), startOther(() => now)]);
  const report = goodReport(service);
  const send = async ({ grpc }: OtherServer) => taskIdIn(await grpc.call(reportProfilingTask, report));
  const first = await send(here);
  now += 61_000;
  const second = await send(here);
  now += 61_000;
  const third = await send(there);
  now += 59_000;
  expect(await send(there)).toBe(third);
  const ids = [first, second, third];
  expect(new Set(ids).size).toBe(3);
  const messages = await world.take("tasks", 3);
  expect(messages).toHaveLength(3);
  expect(await world.handle("tasks", messages)).toEqual([]);
  expect((await recordedIds()).toSorted()).toEqual(ids.toSorted());
  await world.take("deliveries", 3);
  await Promise.all([here.stop(), there.stop()]);
});

describe("the same report to two servers", () => {
  it.each([
    ["the first message first", false],
    ["the second message first", true],
  ])("is one record and one delivery, whoever works off what: %s", async (_name, isReversed) => {
    const other = await startOther();
    const report = goodReport(service);
    const answers = [world, other].map(({ grpc }) => grpc.call(reportProfilingTask, report));
    const ids = (await Promise.all(answers)).map(taskIdIn);
    expect(new Set(ids).size).toBe(2); // neither server knows of the other's
    const taken = await world.take("tasks", 2);
    const messages = taken.toSorted((a, b) => Number(a.includes(ids[1] ?? "")) - Number(b.includes(ids[1] ?? "")));
    if (isReversed) messages.reverse();
    const [taskId = "", secondId = ""] = isReversed ? ids.toReversed() : ids;
    const duplicates = await world.counted("flashpoint_duplicate_reports_total");

    // SQS hands messages out more than once, and to anybody.
    const handlers = [other.services, world.services].map(({ handlers }) => handlers.tasks);
    for (const [round, sent] of [
      [messages, 1],
      [messages, 0],
      [messages.toReversed(), 0],
    ] as const) {
      for (const [index, message] of round.entries()) {
        expect(await handlers[index]?.(sqsEvent([message]))).toEqual({ batchItemFailures: [] });
      }
      const deliveries = await world.take("deliveries", sent);
      expect(deliveries).toHaveLength(sent);
      expect(await world.handle("deliveries", deliveries)).toEqual([]);
    }
    expect(await recordedIds()).toEqual([taskId]);
    expect(await world.services.taskStore.get(secondId)).toBeUndefined();
    expect(arrivals()).toEqual([[TASK, taskId]]);
    expect(await world.counted("flashpoint_duplicate_reports_total")).toBe(duplicates + 1);
    await other.stop();
  });

  it("in one batch is one record and one delivery", async () => {
    const other = await startOther();
    const report = goodReport(service);
    const answers = [world, other].map(({ grpc }) => grpc.call(reportProfilingTask, report));
    const ids = (await Promise.all(answers)).map(taskIdIn);
    expect(await world.handle("tasks", await world.take("tasks", 2))).toEqual([]);
    const [taskId = "", ...others] = await recordedIds();
    expect(others).toEqual([]);
    expect(ids).toContain(taskId);
    expect(await world.handle("deliveries", await world.take("deliveries", 1))).toEqual([]);
    expect(arrivals()).toEqual([[TASK, taskId]]);
    await other.stop();
  });

  it("profiles under either id arrive with the task, whichever server takes them", async () => {
    const [there, elsewhere] = await Promise.all([startOther(), startOther()]);
    const report = goodReport(service);
    const taskId = taskIdIn(await world.grpc.call(reportProfilingTask, report));
    expect(await world.handle("tasks", await world.take("tasks", 1))).toEqual([]);
    const secondId = taskIdIn(await there.grpc.call(reportProfilingTask, report));
    const overtaking = flushOf(secondId, [onCpu(1, "leaf", "main")]);
    await there.grpc.stream(collectProfilingData, overtaking);
    // The profile is worked off before the message that would say whose it is.
    const [profile = "", message = ""] = (await world.take("tasks", 2)).toSorted((a) =>
      a.includes("profileCollected") ? -1 : 1,
    );
    expect(await world.handle("tasks", [profile])).toEqual([]);
    expect(await world.take("deliveries", 0)).toHaveLength(1); // the task's own
    expect(await world.handle("tasks", [message])).toEqual([]);
    expect(await world.handle("deliveries", await world.take("deliveries", 1))).toEqual([]);
    expect(arrivals()).toEqual([[PROFILE, taskId]]);

    // A server that answered neither knows the second id, too.
    await elsewhere.grpc.stream(collectProfilingData, flushOf(secondId, [onCpu(2, "leaf", "main")]));
    await elsewhere.grpc.stream(collectProfilingData, flushOf(taskId, [onCpu(4, "leaf", "main")]));
    expect(await world.handle("tasks", await world.take("tasks", 2))).toEqual([]);
    expect(await world.handle("deliveries", await world.take("deliveries", 2))).toEqual([]);
    expect(arrivals()).toEqual([
      [PROFILE, taskId],
      [PROFILE, taskId],
      [PROFILE, taskId],
    ]);
    const kept = await world.services.profileStore.list(taskId);
    expect(kept.map(({ profile }) => profile.sampleCount)).toEqual([1n, 2n, 4n]);
    for (const { profile, deliveries, isApart } of kept) {
      expect({ isApart, hook: deliveries.hook?.status }).toEqual({ isApart: false, hook: "delivered" });
      const pprof = readPprof(await world.services.profileStorage.read(profile.objectKey));
      expect(pprof.samples[0]?.labels).toMatchObject({ service, instance: "pod-1", process: "java" });
    }
    await Promise.all([there.stop(), elsewhere.stop()]);
  });
});

it("a report that is sent again after kill -9, because its answer was lost, is one task", {
  timeout: 90_000,
}, async () => {
  const folder = await temporaryFolder();
  const report = goodReport(service);
  const first = await startServerProcess(folder.path);
  const caller = createGrpcCaller(first.grpc);
  const firstId = taskIdIn(await caller.call(reportProfilingTask, report));
  await first.kill("SIGKILL");
  caller.close();

  const second = await startServerProcess(folder.path);
  const aws = createAwsClients(localAws(second.dynamodb, second.sqs));
  const stores = createServices({ config: loadConfig(), log: createLogger("silent"), aws });
  const again = createGrpcCaller(second.grpc);
  const secondId = taskIdIn(await again.call(reportProfilingTask, report));
  // What the killed server had in hand comes again after its visibility timeout.
  const ids = await until(
    "both messages are worked off",
    async () => {
      const metrics = await (await fetch(`http://${second.http}/metrics`)).text();
      const isDuplicateFound = /^flashpoint_duplicate_reports_total 1$/m.test(metrics);
      const records = await stores.taskStore.list({ limit: 10 });
      return isDuplicateFound && records.length > 0 ? records.map(({ task }) => task.taskId) : undefined;
    },
    60_000,
  );
  expect(ids).toHaveLength(1);
  expect([firstId, secondId]).toContain(ids[0]);
  again.close();
  stores.close();
  expect((await second.kill("SIGTERM")).code).toBe(0);
  await folder.remove();
});
