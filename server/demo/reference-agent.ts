import { setTimeout as delay } from "node:timers/promises";
import type { Commands } from "../../shared/gen/common/Common_pb.js";
import {
  ContinuousProfilingService,
  ContinuousProfilingTriggeredMonitorType,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import type { GrpcCaller } from "./grpc-caller.ts";
import { cpuTimeMs } from "./process-cpu.ts";
import { fires } from "./sliding-window.ts";

/** The process that the agent watches, as it names it to the backend. */
export interface WatchedProcess {
  pid: number;
  serviceName: string;
  instanceName: string;
  processName: string;
}

/** What the agent needs of a policy: it watches CPU only. */
export interface CpuCheck {
  uuid: string;
  threshold: number;
  period: number;
  count: number;
}

const SAMPLE_MS = 1_000;

/** Polls once. @returns the CPU check for ON_CPU profiling, or undefined if there is none. */
export async function queryCpuCheck(caller: GrpcCaller, serviceName: string, uuid = ""): Promise<CpuCheck | undefined> {
  const commands = await caller.call(ContinuousProfilingService.method.queryPolicies, {
    policies: [{ serviceName, uuid }],
  });
  const json = argumentOf(commands, "ContinuousProfilingPolicyQuery", "ServiceWithPolicyJSON");
  if (json === undefined) return undefined;
  const service = JSON.parse(json).find((entry: { ServiceName: string }) => entry.ServiceName === serviceName);
  const check = service?.Profiling?.ON_CPU?.PROCESS_CPU;
  if (check === undefined) return undefined;
  return { uuid: service.UUID, threshold: Number(check.Threshold), period: check.Period, count: check.Count };
}

/**
 * Samples the process's CPU each second until the check fires.
 * @returns the sample that made it fire, in percent of one CPU.
 */
export async function watchCpu(
  pid: number,
  check: CpuCheck,
  { signal, onSample }: { signal: AbortSignal; onSample: (percent: number) => void },
): Promise<number> {
  const samples: number[] = [];
  let before = { cpuMs: await cpuTimeMs(pid), at: performance.now() };
  for (;;) {
    await delay(SAMPLE_MS, undefined, { signal });
    const now = { cpuMs: await cpuTimeMs(pid), at: performance.now() };
    const percent = ((now.cpuMs - before.cpuMs) / (now.at - before.at)) * 100;
    before = now;
    samples.push(percent);
    if (samples.length > check.period) samples.shift();
    onSample(percent);
    if (fires(samples, check)) return percent;
  }
}

/** Reports the process for ON_CPU profiling. @returns the id of the task. */
export async function reportCpu(
  caller: GrpcCaller,
  process: WatchedProcess,
  { threshold, current, durationSeconds }: { threshold: number; current: number; durationSeconds: number },
): Promise<string> {
  const { serviceName, instanceName, processName } = process;
  const commands = await caller.call(ContinuousProfilingService.method.reportProfilingTask, {
    layer: "OS_LINUX",
    serviceName,
    instanceName,
    processName,
    causes: [
      {
        type: ContinuousProfilingTriggeredMonitorType.ProcessCPU,
        cause: { case: "singleValue", value: { threshold, current } },
      },
    ],
    duration: durationSeconds,
    targetTask: { case: "onCPU", value: {} },
  });
  const taskId = argumentOf(commands, "ContinuousProfilingReportTask", "TaskId");
  if (taskId === undefined) throw new Error("the answer to the report names no task");
  return taskId;
}

/** The argument of an answer's one command; undefined if the answer holds no command. */
function argumentOf({ commands }: Commands, name: string, key: string): string | undefined {
  if (commands.length === 0) return undefined;
  const [command] = commands;
  if (commands.length > 1 || command?.command !== name)
    throw new Error(`an agent takes one command ${name} and no other`);
  return command.args.find((argument) => argument.key === key)?.value;
}
