import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ContinuousProfilingCauseSchema,
  type ContinuousProfilingReport,
  ContinuousProfilingReportSchema,
  ContinuousProfilingTriggeredMonitorType,
} from "../../gen/ebpf/profiling/Continuous_pb.js";
import { MonitorType, ProfilingTarget, type ProfilingTask, type TaskCause } from "../../gen/flashpoint/v1/task_pb.js";

type TargetTask = MessageInitShape<typeof ContinuousProfilingReportSchema>["targetTask"];

const TYPE_IN_REPORT: Partial<Record<MonitorType, ContinuousProfilingTriggeredMonitorType>> = {
  [MonitorType.PROCESS_CPU]: ContinuousProfilingTriggeredMonitorType.ProcessCPU,
  [MonitorType.PROCESS_THREAD_COUNT]: ContinuousProfilingTriggeredMonitorType.ProcessThreadCount,
  [MonitorType.SYSTEM_LOAD]: ContinuousProfilingTriggeredMonitorType.SystemLoad,
  [MonitorType.HTTP_ERROR_RATE]: ContinuousProfilingTriggeredMonitorType.HTTPErrorRate,
  [MonitorType.HTTP_AVG_RESPONSE_TIME]: ContinuousProfilingTriggeredMonitorType.HTTPAvgResponseTime,
};

/**
 * The report that a task was made from: the inverse of `taskFromReport`.
 * @returns undefined if the task's target is none that a report can name.
 */
export function reportFromTask(task: ProfilingTask): ContinuousProfilingReport | undefined {
  const targetTask = targetTaskOf(task);
  if (targetTask === undefined) return undefined;
  return create(ContinuousProfilingReportSchema, {
    layer: task.layer,
    serviceName: task.serviceName,
    instanceName: task.instanceName,
    processName: task.processName,
    causes: task.causes.flatMap(causeOf),
    duration: task.durationSeconds,
    targetTask,
  });
}

function targetTaskOf({ target, samplingUriRegexes }: ProfilingTask): TargetTask {
  switch (target) {
    case ProfilingTarget.ON_CPU:
      return { case: "onCPU", value: {} };
    case ProfilingTarget.OFF_CPU:
      return { case: "offCPU", value: {} };
    case ProfilingTarget.NETWORK:
      return { case: "network", value: { samplingURIRegexes: samplingUriRegexes } };
    default:
      return undefined;
  }
}

/** None for a monitor type that a report cannot name. */
function causeOf({
  monitorType,
  threshold,
  current,
  uri,
}: TaskCause): MessageInitShape<typeof ContinuousProfilingCauseSchema>[] {
  const type = TYPE_IN_REPORT[monitorType];
  if (type === undefined) return [];
  if (uri.case === undefined) return [{ type, cause: { case: "singleValue", value: { threshold, current } } }];
  const { value } = uri;
  const inReport = uri.case === "uriRegex" ? { case: "regex" as const, value } : { case: "path" as const, value };
  return [{ type, cause: { case: "uri", value: { uri: inReport, threshold, current } } }];
}
