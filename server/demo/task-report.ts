import {
  ContinuousProfilingService,
  ContinuousProfilingTriggeredMonitorType,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { type DemoProcess, LAYER } from "./demo-process.ts";
import type { GrpcCaller } from "./grpc-caller.ts";
import { argumentOf } from "./only-command.ts";

/** Reports the process for ON_CPU profiling. @returns the id of the task. */
export async function reportCpu(
  caller: GrpcCaller,
  { serviceName, instanceName, processName }: DemoProcess,
  { threshold, current, durationSeconds }: { threshold: number; current: number; durationSeconds: number },
): Promise<string> {
  const commands = await caller.call(ContinuousProfilingService.method.reportProfilingTask, {
    layer: LAYER,
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
  if (taskId === undefined) throw new Error("the answer to the report names no task; it would crash an agent");
  return taskId;
}
