import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MeasuredValues } from "../../shared/agent/measured-values.ts";
import { BASE_DEFAULTS } from "../../shared/collectors/collector-base.ts";
import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import type { TaskStore } from "../../shared/tasks/task-store.ts";
import { reachableAt } from "../listening.ts";
import { startLocalServer } from "../local/local-server.ts";
import { type RecordingCollector, startRecordingCollector } from "./recording-collector.ts";

/** What an operator sets up: a server with a policy for a service, and a collector that hears of it. */
export interface DemoBackend {
  /** `host:port` for agents. */
  readonly agentAddress: string;
  readonly collector: RecordingCollector;
  readonly taskStore: TaskStore;
  readonly measured: MeasuredValues;
}

/** Of one CPU; low, so that a machine with other things to do does not make the demo wait. */
const CHECK = { threshold: "20", period: 5, count: 3, uriList: [], uriRegex: "" };

/**
 * Starts it all on free ports and in a folder of its own.
 * @param undo takes what stops it again, as soon as there is something to stop; to be called from the last to the first.
 */
export async function startDemoBackend(
  serviceName: string,
  { say, undo }: { say: (text: string) => void; undo: (() => unknown)[] },
): Promise<DemoBackend> {
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
  const { policyStore, collectorStore, taskStore, measured } = server.services;
  const agentAddress = reachableAt(server.ports.grpc);
  say(`server: gRPC on ${agentAddress}; DynamoDB, SQS and S3 embedded`);

  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const collector = await startRecordingCollector(secret);
  undo.push(collector.close);
  const { url } = collector;
  const services = [serviceName];
  await collectorStore.put({
    name: "demo",
    kind: "webhook",
    url,
    mode: "structured",
    ...BASE_DEFAULTS,
    secret,
    services,
    events: ["tasks", "profiles"],
  });
  say(`collector: webhook on ${url} takes tasks and profiles, verifies signatures`);

  await policyStore.put(serviceName, { ON_CPU: { PROCESS_CPU: CHECK } }, { updatedBy: "demo" });
  const { threshold, count, period } = CHECK;
  say(`policy: ${serviceName} is profiled ON_CPU at or over ${threshold} % of a CPU in ${count} of ${period} seconds`);
  return { agentAddress, collector, taskStore, measured };
}
