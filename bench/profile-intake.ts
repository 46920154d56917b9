import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { createGrpcCaller } from "../server/demo/grpc-caller.ts";
import type { LocalEngines } from "../server/local/local-engines.ts";
import { startLocalServer } from "../server/local/local-server.ts";
import { loadConfig } from "../shared/config.ts";
import { EBPFProfilingService } from "../shared/gen/ebpf/profiling/Profile_pb.js";
import { createLogger } from "../shared/log.ts";
import type { Services } from "../shared/services.ts";
import { endChild, nextMessage, startChild, usageOf } from "./child-process.ts";
import type { Figure, Measurement } from "./figure.ts";
import { localSettings } from "./local-settings.ts";
import type { Ready } from "./servers/serve-parent.ts";
import { stacksOf, type Variety } from "./stacks.ts";

const MEBIBYTE = 1_024 * 1_024;
const STREAMS: { mebibytes: number; variety: Variety }[] = [
  { mebibytes: 1, variety: "typical" },
  { mebibytes: 20, variety: "typical" },
  { mebibytes: 100, variety: "typical" },
  { mebibytes: 20, variety: "all different" },
  { mebibytes: 100, variety: "all different" },
];
/** Sent first, so that code and buffers are there before memory is looked at. */
const WARM_UP_MEBIBYTES = 4;
const START_MS = 30_000;
const STREAM_MS = 120_000;
const DISPATCH_MS = 10_000;

interface Upload {
  seconds: number;
  /** By how much the server's peak of memory rose. */
  grownBytes: number;
  sampleCount: number;
  /** The server's processor time. */
  cpuMs: number;
  /** Part of one core that the load took; near 1, the load and not the server was the limit. */
  loadBusy: number;
}

/** One stream of stacks into the gRPC port, until its profiles lie in the bucket, and the memory that it takes. */
export const profileIntake: Figure = {
  name: "profile-intake",
  meaning: "One stream of stacks until its pprof files are kept, against a server that only reads the stream",
  async measure(tell) {
    // Engines and dispatcher; the streams go to servers of their own, whose memory holds nothing else.
    const config = loadConfig(localSettings());
    const local = await startLocalServer(config, createLogger("warn", process.stderr));
    try {
      const measurements: Measurement[] = [];
      for (const [index, { mebibytes, variety }] of STREAMS.entries()) {
        const stream = { taskId: `bench-${index}`, bytes: mebibytes * MEBIBYTE, variety };
        const own = await inFreshServer("profile-intake", engineVariables(local.engines), stream);
        const least = await inFreshServer("stream-no-op", {}, stream);
        const kept = await keptOf(local.services, stream.taskId, own.sampleCount);
        const what = `${mebibytes} MiB, ${variety}`;
        tell(`${what}: ${own.seconds.toFixed(1)} s; only read: ${least.seconds.toFixed(1)} s`);
        measurements.push(
          { what: `${what}: speed`, value: mebibytes / own.seconds, unit: "MiB/s" },
          { what: `${what}: speed / only reading`, value: least.seconds / own.seconds, unit: "of MiB/s" },
          { what: `${what}: processor time of the server`, value: own.cpuMs / mebibytes, unit: "ms/MiB" },
          {
            what: `${what}: processor time of the server, only reading`,
            value: least.cpuMs / mebibytes,
            unit: "ms/MiB",
          },
          { what: `${what}: processor time of the load`, value: own.loadBusy, unit: "of one core" },
          { what: `${what}: processor time of the load, only reading`, value: least.loadBusy, unit: "of one core" },
          { what: `${what}: memory over the idle peak`, value: own.grownBytes / MEBIBYTE, unit: "MiB" },
          { what: `${what}: memory over the idle peak, only reading`, value: least.grownBytes / MEBIBYTE, unit: "MiB" },
          { what: `${what}: profiles kept`, value: kept.profiles, unit: "files" },
          {
            what: `${what}: samples kept / sent`,
            value: kept.samples / own.sampleCount,
            unit: "",
            atLeast: 1,
            atMost: 1,
          },
        );
      }
      return { measurements };
    } finally {
      await local.stop();
    }
  },
};

function engineVariables({ aws }: LocalEngines): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
    AWS_ENDPOINT_URL_S3: aws.s3Endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
  };
}

async function inFreshServer(
  name: string,
  env: Record<string, string>,
  { taskId, bytes, variety }: { taskId: string; bytes: number; variety: Variety },
): Promise<Upload> {
  const server: ChildProcess = startChild(new URL(`./servers/${name}.ts`, import.meta.url), env);
  try {
    const { port } = await nextMessage<Ready>(server, START_MS);
    const caller = createGrpcCaller(`127.0.0.1:${port}`);
    const { collectProfilingData } = EBPFProfilingService.method;
    const warmUp = stacksOf("bench-warm-up", WARM_UP_MEBIBYTES * MEBIBYTE, "typical");
    await caller.stream(collectProfilingData, warmUp.messages, { timeoutMs: STREAM_MS });
    const before = await usageOf(server, START_MS);
    const stacks = stacksOf(taskId, bytes, variety);
    const loadCpu = process.threadCpuUsage();
    const startedAt = performance.now();
    await caller.stream(collectProfilingData, stacks.messages, { timeoutMs: STREAM_MS });
    const seconds = (performance.now() - startedAt) / 1_000;
    const { user, system } = process.threadCpuUsage(loadCpu);
    const { peakBytes, cpuUs } = await usageOf(server, START_MS);
    caller.close();
    return {
      seconds,
      grownBytes: peakBytes - before.peakBytes,
      sampleCount: stacks.sampleCount,
      cpuMs: (cpuUs - before.cpuUs) / 1_000,
      loadBusy: (user + system) / 1_000_000 / seconds,
    };
  } finally {
    await endChild(server);
  }
}

/** What is recorded for a task once the dispatcher has caught up, or once it should have. */
async function keptOf(
  { profileStore }: Services,
  taskId: string,
  expected: number,
): Promise<{ profiles: number; samples: number }> {
  const deadline = performance.now() + DISPATCH_MS;
  for (;;) {
    const records = await profileStore.list(taskId);
    const samples = records.reduce((sum, { profile }) => sum + Number(profile.sampleCount), 0);
    if (samples >= expected || performance.now() > deadline) return { profiles: records.length, samples };
    await delay(100);
  }
}
