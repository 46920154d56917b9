import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { addFault, type Fault, InvalidInput } from "../errors.ts";
import {
  type ContinuousProfilingCause,
  type ContinuousProfilingReport,
  ContinuousProfilingTriggeredMonitorType,
} from "../gen/ebpf/profiling/Continuous_pb.js";
import {
  MonitorType,
  ProfilingTarget,
  type ProfilingTask,
  ProfilingTaskSchema,
  type TaskCauseSchema,
} from "../gen/flashpoint/v1/task_pb.js";
import {
  MAX_CAUSES,
  MAX_DURATION_SECONDS,
  MAX_NAME_BYTES,
  MAX_SAMPLING_REGEXES,
  MAX_URI_BYTES,
} from "./report-limits.ts";

/** What becomes of a report's target. */
const TARGET_OF_REPORT = {
  onCPU: ProfilingTarget.ON_CPU,
  offCPU: ProfilingTarget.OFF_CPU,
  network: ProfilingTarget.NETWORK,
} as const;

const MONITOR_TYPE_OF_REPORT: Record<ContinuousProfilingTriggeredMonitorType, MonitorType> = {
  [ContinuousProfilingTriggeredMonitorType.ProcessCPU]: MonitorType.PROCESS_CPU,
  [ContinuousProfilingTriggeredMonitorType.ProcessThreadCount]: MonitorType.PROCESS_THREAD_COUNT,
  [ContinuousProfilingTriggeredMonitorType.SystemLoad]: MonitorType.SYSTEM_LOAD,
  [ContinuousProfilingTriggeredMonitorType.HTTPErrorRate]: MonitorType.HTTP_ERROR_RATE,
  [ContinuousProfilingTriggeredMonitorType.HTTPAvgResponseTime]: MonitorType.HTTP_AVG_RESPONSE_TIME,
};

/**
 * Turns what an agent reported into the task that travels.
 * @throws InvalidInput naming every faulty field of the report.
 */
export function taskFromReport(
  report: ContinuousProfilingReport,
  { taskId, reportedAt }: { taskId: string; reportedAt: number },
): ProfilingTask {
  const faults = reportFaults(report);
  if (report.targetTask.case === undefined || faults.length > 0) throw new InvalidInput("report", faults);
  return create(ProfilingTaskSchema, {
    taskId,
    layer: report.layer,
    serviceName: report.serviceName,
    instanceName: report.instanceName,
    processName: report.processName,
    target: TARGET_OF_REPORT[report.targetTask.case],
    causes: report.causes.map(causeOf),
    durationSeconds: report.duration,
    samplingUriRegexes: report.targetTask.case === "network" ? report.targetTask.value.samplingURIRegexes : [],
    reportedAt: timestampFromMs(reportedAt),
  });
}

function reportFaults(report: ContinuousProfilingReport): Fault[] {
  const faults: Fault[] = [];
  const checkLength = (path: string, text: string, most: number): void => {
    const bytes = Buffer.byteLength(text);
    if (bytes > most) addFault(faults, { path, problem: `has ${bytes} bytes; it takes up to ${most}` });
  };
  for (const field of ["serviceName", "instanceName", "processName"] as const) {
    if (report[field].trim() === "") faults.push({ path: field, problem: "is missing" });
  }
  for (const field of ["layer", "serviceName", "instanceName", "processName"] as const) {
    checkLength(field, report[field], MAX_NAME_BYTES);
  }
  if (report.targetTask.case === undefined) {
    faults.push({ path: "targetTask", problem: "is missing; it takes one of onCPU, offCPU, network" });
  } else if (report.targetTask.case === "network") {
    const { samplingURIRegexes } = report.targetTask.value;
    if (samplingURIRegexes.length > MAX_SAMPLING_REGEXES) {
      const problem = `holds ${samplingURIRegexes.length}; it takes up to ${MAX_SAMPLING_REGEXES}`;
      faults.push({ path: "network.samplingURIRegexes", problem });
    } else {
      samplingURIRegexes.forEach((regex, index) => {
        checkLength(`network.samplingURIRegexes[${index}]`, regex, MAX_URI_BYTES);
      });
    }
  }
  if (report.duration <= 0 || report.duration > MAX_DURATION_SECONDS) {
    const problem = `is ${report.duration}; it takes seconds from 1 to ${MAX_DURATION_SECONDS}`;
    faults.push({ path: "duration", problem });
  }
  if (report.causes.length > MAX_CAUSES) {
    faults.push({ path: "causes", problem: `holds ${report.causes.length}; it takes up to ${MAX_CAUSES}` });
    return faults;
  }
  report.causes.forEach(({ type, cause }, index) => {
    if (!(type in MONITOR_TYPE_OF_REPORT)) {
      faults.push({ path: `causes[${index}].type`, problem: `is ${type}, which is no monitor type` });
    }
    if (cause.case === undefined) {
      faults.push({ path: `causes[${index}]`, problem: "is blank; it takes one of singleValue, uri" });
    } else if (cause.case === "uri" && (cause.value.uri.value ?? "") === "") {
      faults.push({ path: `causes[${index}].uri`, problem: "has no URI; it takes one of path, regex" });
    } else if (cause.case === "uri") {
      const { case: form, value = "" } = cause.value.uri;
      checkLength(`causes[${index}].uri.${form}`, value, MAX_URI_BYTES);
    }
  });
  return faults;
}

function causeOf({ type, cause }: ContinuousProfilingCause): MessageInitShape<typeof TaskCauseSchema> {
  const monitorType = MONITOR_TYPE_OF_REPORT[type];
  if (cause.case !== "uri") {
    return { monitorType, threshold: cause.value?.threshold ?? 0, current: cause.value?.current ?? 0 };
  }
  const { threshold, current, uri } = cause.value;
  return {
    monitorType,
    threshold,
    current,
    uri: uri.case === "regex" ? { case: "uriRegex", value: uri.value } : { case: "uriPath", value: uri.value ?? "" },
  };
}

/** A task's target as policies and collectors name it, for instance `ON_CPU`. */
export function targetName(task: ProfilingTask): string {
  return ProfilingTarget[task.target] ?? "UNKNOWN";
}
