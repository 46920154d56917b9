import { afterAll, beforeAll, expect, it } from "vitest";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { localAws } from "../../server/local/local-aws.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { createLogger } from "../../shared/log.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { flushOf, onCpu } from "../support/stacks.ts";
import { until } from "../support/until.ts";
import { temporaryFolder } from "../support/world.ts";

/** A message that the killed server had in hand stays hidden for its visibility timeout, 22 s for deliveries. */
const ARRIVAL_MS = 60_000;
const REPORTS = 5;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: RecordingCollector;
/** Until the restart the collector refuses, so that nothing can be done with before the kill. */
let isOpen = false;
const accepted: string[] = [];
const started: ServerProcess[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  collector = await startRecordingCollector(SECRET, ({ headers, verified }) => {
    if (!isOpen) return { status: 503 };
    if (verified) accepted.push(headers["webhook-id"] ?? "");
    return { status: 204 };
  });
});
afterAll(async () => {
  for (const server of started) await server.kill("SIGKILL");
  await collector.close();
  await folder.remove();
});

async function start(): Promise<{ server: ServerProcess; stores: Services }> {
  const server = await startServerProcess(folder.path);
  started.push(server);
  const aws = createAwsClients(localAws(server.dynamodb, server.sqs));
  return { server, stores: createServices({ config: loadConfig(), log: createLogger("silent"), aws }) };
}

it("delivers every report and profile that was answered before kill -9, with one record each", {
  timeout: 120_000,
}, async () => {
  const first = await start();
  const hook = webhookTo(collector.url, { name: "hook", events: ["tasks", "profiles"] });
  await first.stores.collectorStore.put(hook);
  const caller = createGrpcCaller(first.server.grpc);
  const taskIds: string[] = [];
  for (let count = 0; count < REPORTS; count++) {
    const answer = await caller.call(ContinuousProfilingService.method.reportProfilingTask, goodReport());
    taskIds.push(taskIdIn(answer));
  }
  for (const taskId of taskIds) {
    await caller.stream(EBPFProfilingService.method.collectProfilingData, flushOf(taskId, [onCpu(3, "leaf", "main")]));
  }
  expect((await first.server.kill("SIGKILL")).signal).toBe("SIGKILL");
  caller.close();
  first.stores.close();

  isOpen = true;
  const second = await start();
  const profiles = await until(
    "every event arrives",
    async () => {
      const kept = (await Promise.all(taskIds.map((taskId) => second.stores.profileStore.list(taskId)))).flat();
      const ids = [...taskIds, ...kept.map(({ profile }) => profile.profileId)];
      return kept.length >= REPORTS && ids.every((id) => accepted.includes(id)) ? kept : undefined;
    },
    ARRIVAL_MS,
  );
  expect(profiles.map(({ profile }) => profile.taskId).sort()).toEqual(taskIds.toSorted());
  expect(profiles.every(({ profile }) => profile.sampleCount === 3n)).toBe(true);
  const records = await second.stores.taskStore.list({ limit: 100 });
  expect(records.map(({ task }) => task.taskId).sort()).toEqual(taskIds.sort());
  second.stores.close();
  expect((await second.server.kill("SIGTERM")).code).toBe(0);
});
