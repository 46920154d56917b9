import { randomUUID } from "node:crypto";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import type { AgentEvent } from "./agent-event.ts";
import { type LoopOptions, pauseUntil, repeat } from "./agent-loop.ts";
import { createCpuSamples } from "./cpu-samples.ts";
import type { DemoProcess } from "./demo-process.ts";
import type { GrpcCaller } from "./grpc-caller.ts";
import { uploadCpu } from "./meter-upload.ts";
import { connectNodeProfiler } from "./node-profiler.ts";
import { NO_POLICY, pollPolicy } from "./policy-poll.ts";
import { keepAlive, reportProcess } from "./process-registration.ts";
import { profileForTask } from "./profile-upload.ts";
import { fires } from "./sliding-window.ts";
import { reportCpu } from "./task-report.ts";

/** Rover's rhythm, as it comes configured. */
const ROVERS_RHYTHM_MS = {
  heartbeat: 20_000,
  taskQuery: 10_000,
  policyQuery: 10_000,
  sample: 1_000,
  check: 5_000,
  meters: 5_000,
};
const HEARTBEATS_PER_REPORT = 10;
const SAMPLING_PERIOD_MICROS = 9_000;
/** How long the agent leaves a process alone that it has reported. */
const SILENCE_MS = 1_200_000;

export interface ReferenceAgentOptions {
  caller: GrpcCaller;
  watched: DemoProcess;
  /** Where the process can be profiled. */
  inspectorUrl: string;
  /** How long it profiles for a task. Rover's default is 600. */
  durationSeconds: number;
  tell: (event: AgentEvent) => void;
  signal: AbortSignal;
  /** Where its rhythm is not to be Rover's. */
  everyMs?: Partial<typeof ROVERS_RHYTHM_MS>;
}

/**
 * Lives as Rover does, with one process to watch, until the signal aborts: all loops run beside each other, and a call
 * that fails is made again when its turn comes.
 * @throws if an answer could not be used by an agent, or if the process cannot be measured or profiled.
 */
export async function runReferenceAgent(options: ReferenceAgentOptions): Promise<void> {
  const { caller, watched, inspectorUrl, durationSeconds, tell } = options;
  const everyMs = { ...ROVERS_RHYTHM_MS, ...options.everyMs };
  const broken = new AbortController(); // one loop that throws ends the others
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const agentId = randomUUID();
  const samples = createCpuSamples(watched.pid);
  let policy = NO_POLICY;
  let uploadedUntil = 0;

  const loopOf = (call: string): LoopOptions => ({
    signal,
    onFailure: (error) => tell({ kind: "failed", call, error }),
  });

  async function heartbeats(): Promise<void> {
    let beats = 1; // the report that this agent began with
    await pauseUntil(performance.now() + everyMs.heartbeat, signal);
    await repeat(
      everyMs.heartbeat,
      async () => {
        if (beats++ % HEARTBEATS_PER_REPORT === 0) await reportProcess(caller, watched, agentId);
        else await keepAlive(caller, watched, agentId);
      },
      loopOf("the heartbeat"),
    );
  }

  async function queryTasks(): Promise<void> {
    await caller.call(EBPFProfilingService.method.queryTasks, { roverInstanceId: agentId, latestUpdateTime: 0n });
  }

  async function queryPolicies(): Promise<void> {
    const known = policy;
    policy = await pollPolicy(caller, watched.serviceName, known);
    if (policy !== known) tell({ kind: "policy", policy });
  }

  async function takeSample(): Promise<void> {
    const sample = await samples.take();
    if (sample !== undefined) tell({ kind: "sampled", percent: sample.percent });
  }

  async function uploadSamples(): Promise<void> {
    const measured = samples.recent.filter(({ at }) => at > uploadedUntil);
    if (measured.length === 0) return;
    await uploadCpu(caller, watched, measured);
    uploadedUntil = measured.at(-1)?.at ?? uploadedUntil;
  }

  /** @returns the id of the task if the check fires. */
  async function reportIfFiring(): Promise<string | undefined> {
    const percents = samples.recent.map(({ percent }) => percent);
    const current = percents.at(-1);
    if (policy.check === undefined || current === undefined || !fires(percents, policy.check)) return undefined;
    const { threshold } = policy.check;
    const taskId = await reportCpu(caller, watched, { threshold, current, durationSeconds });
    tell({ kind: "reported", taskId, current, threshold });
    return taskId;
  }

  async function watch(processId: string): Promise<void> {
    for (;;) {
      const taskId = await repeat(everyMs.check, reportIfFiring, loopOf("reportProfilingTask"));
      if (taskId === undefined) return;
      const silentUntil = performance.now() + SILENCE_MS;
      const profiler = await connectNodeProfiler(inspectorUrl, SAMPLING_PERIOD_MICROS);
      try {
        await profileForTask(
          { taskId, processId, durationSeconds },
          { ...loopOf("collectProfilingData"), caller, profiler, onFlush: (flush) => tell({ kind: "flushed", flush }) },
        );
      } finally {
        profiler.close();
      }
      await pauseUntil(silentUntil, signal);
    }
  }

  // Rover asks for the policies of processes that the backend has named an id for, so nothing comes before this.
  const registered = await repeat(
    everyMs.heartbeat,
    () => reportProcess(caller, watched, agentId),
    loopOf("reportProcesses"),
  );
  if (registered === undefined) return;
  tell({ kind: "registered", ...registered });
  const loops = [
    heartbeats(),
    repeat(everyMs.taskQuery, queryTasks, loopOf("queryTasks")),
    repeat(everyMs.policyQuery, queryPolicies, loopOf("queryPolicies")),
    repeat(everyMs.sample, takeSample, loopOf("the measurement")),
    repeat(everyMs.meters, uploadSamples, loopOf("collectBatch")),
    watch(registered.processId),
  ];
  try {
    await Promise.all(loops);
  } finally {
    broken.abort();
    await Promise.allSettled(loops);
  }
}
