import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import type { PolicyTargets } from "../../shared/policies/policy.ts";
import { targetName } from "../../shared/tasks/task.ts";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";
import type { TaskStore } from "../../shared/tasks/task-store.ts";
import { reachableAt } from "../listening.ts";
import { startLocalServer } from "../local/local-server.ts";
import { createGrpcCaller } from "./grpc-caller.ts";
import { startRecordingCollector } from "./recording-collector.ts";
import { queryCpuCheck, reportCpu, watchCpu } from "./reference-agent.ts";

/** The demo gives up after this long, whatever happens. */
const LIMIT_MS = 50_000;
const EVENT_TIMEOUT_MS = 20_000;
const RECORD_POLL_MS = 50;
const SERVICE = "demo-checkout";
const POLICY: PolicyTargets = {
  ON_CPU: { PROCESS_CPU: { threshold: "50", period: 5, count: 3, uriList: [], uriRegex: "" } },
};

/**
 * The whole loop on one machine: a policy, a real busy process, an agent that measures it, a task, and the signed
 * event that a collector receives. Leaves nothing behind.
 * @throws with the reason if a step fails.
 */
export async function runDemo(say: (text: string) => void): Promise<void> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const undo: (() => unknown)[] = [];
  try {
    const dataDir = await mkdtemp(join(tmpdir(), "flashpoint-demo-"));
    undo.push(() => rm(dataDir, { recursive: true, force: true }));

    const config = loadConfig({
      FLASHPOINT_GRPC_PORT: "0",
      FLASHPOINT_HTTP_PORT: "0",
      FLASHPOINT_DYNAMODB_PORT: "0",
      FLASHPOINT_SQS_PORT: "0",
      FLASHPOINT_DATA_DIR: dataDir,
    });
    const server = await startLocalServer(config, createLogger("warn", process.stderr));
    undo.push(server.stop);
    const { policyStore, collectorStore, taskStore } = server.services;
    say(`server: gRPC on ${reachableAt(server.ports.grpc)}, DynamoDB and SQS embedded`);

    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    const collector = await startRecordingCollector(secret);
    undo.push(collector.close);
    await collectorStore.put({
      name: "demo",
      kind: "webhook",
      url: collector.url,
      enabled: true,
      services: ["demo-*"],
      secret,
    });
    say(`collector: webhook on ${collector.url}, verifies signatures`);

    await policyStore.put(SERVICE, POLICY, { updatedBy: "demo" });
    say(`policy: ${SERVICE} is profiled ON_CPU when its CPU is at or over 50 % in 3 of 5 seconds`);

    const busy = spawn(process.execPath, [fileURLToPath(new URL("busy-process.ts", import.meta.url))], {
      stdio: "ignore",
    });
    undo.push(() => busy.kill("SIGKILL"));
    const { pid } = busy;
    if (pid === undefined) throw new Error("the busy process did not start");
    say(`process: pid ${pid} is busy`);

    const caller = createGrpcCaller(reachableAt(server.ports.grpc));
    undo.push(caller.close);
    const check = await queryCpuCheck(caller, SERVICE);
    if (check === undefined) throw new Error("the agent's poll brought no policy");
    say(`agent: polled over gRPC and got the policy, uuid ${check.uuid.slice(0, 12)}…`);

    const onSample = (percent: number): void => say(`agent: pid ${pid} used ${percent.toFixed(0)} % of a CPU`);
    const current = await watchCpu(pid, check, { signal: limit, onSample });
    say(`agent: threshold crossed, ${current.toFixed(0)} % ≥ ${check.threshold} %`);

    const watched = { pid, serviceName: SERVICE, instanceName: hostname(), processName: "busy-process" };
    const taskId = await reportCpu(caller, watched, { threshold: check.threshold, current, durationSeconds: 600 });
    say(`agent: reported over gRPC, task ${taskId}`);

    const event = await collector.waitFor(({ headers }) => headers["webhook-id"] === taskId, EVENT_TIMEOUT_MS);
    if (!event.verified) throw new Error("the event arrived, but its signature does not verify");
    const { type, subject, data } = JSON.parse(event.body);
    if (data.taskId !== taskId) throw new Error(`the event carries task ${data.taskId}, not ${taskId}`);
    say(`collector: event ${type} for ${subject} arrived, signature verified`);

    const { task } = await deliveredRecord(taskStore, taskId, limit);
    say(
      `task: recorded once, ${targetName(task)} for ${task.durationSeconds} s; its delivery to demo is noted as delivered`,
    );
  } catch (error) {
    if (limit.aborted) throw new Error(`not finished within ${LIMIT_MS / 1_000} s`);
    throw error;
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** The task's record, once it says that the collector has the event. */
async function deliveredRecord(taskStore: TaskStore, taskId: string, signal: AbortSignal): Promise<TaskRecord> {
  for (;;) {
    const record = await taskStore.get(taskId);
    if (record?.deliveries.demo?.status === "delivered") return record;
    await delay(RECORD_POLL_MS, undefined, { signal });
  }
}
