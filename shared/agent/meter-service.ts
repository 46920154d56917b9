import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { callerOf } from "../access/caller.ts";
import type { ScopeFilter } from "../access/scope-filter.ts";
import type { MeterData, MeterReportService } from "../gen/language-agent/Meter_pb.js";
import type { MonitorType } from "../policies/policy.ts";
import { NO_COMMANDS } from "./command.ts";
import type { MeasuredValues } from "./measured-values.ts";
import { keptName } from "./watched-process.ts";

/** The values that policies watch, by the names that agents give them. Whatever else they send is passed over. */
const WATCHED: ReadonlyMap<string, MonitorType> = new Map([
  ["rover_con_p_process_cpu", "PROCESS_CPU"],
  ["rover_con_p_process_thread_count", "PROCESS_THREAD_COUNT"],
  ["rover_con_p_system_load", "SYSTEM_LOAD"],
  ["rover_con_p_http_error_rate", "HTTP_ERROR_RATE"],
  ["rover_con_p_http_avg_response_time", "HTTP_AVG_RESPONSE_TIME"],
]);

/** Takes what agents measure. Each message is noted as it comes, so that a stream of any length takes no memory. */
export function createMeterService(options: {
  measured: Pick<MeasuredValues, "note">;
  scopeFilter: ScopeFilter;
  now?: () => number;
}): ServiceImpl<typeof MeterReportService> {
  const { measured, scopeFilter, now = Date.now } = options;

  /** Notes what the call's token may speak for, and leaves out the rest. */
  function noteWithin(context: HandlerContext): MeasuredValues["note"] {
    const { name } = context.method;
    const caller = callerOf(context);
    return (value) => {
      // By the name that is kept: a batch may bring one of any length thousands of times.
      if (scopeFilter.allows(caller, name, keptName(value.serviceName))) measured.note(value);
    };
  }

  return {
    async collect(stream, context) {
      const note = createNote(noteWithin(context), now);
      for await (const meter of stream) note(meter);
      return NO_COMMANDS;
    },

    async collectBatch(stream, context) {
      const noteValue = noteWithin(context);
      for await (const { meterData } of stream) {
        const note = createNote(noteValue, now);
        for (const meter of meterData) note(meter);
      }
      return NO_COMMANDS;
    },
  };
}

/**
 * Notes the meters of one set. By SkyWalking's protocol the first of a set names service, instance and time, and those
 * after it may leave them out.
 */
function createNote(noteValue: MeasuredValues["note"], now: () => number): (meter: MeterData) => void {
  let serviceName = "";
  let instanceName = "";
  let at = now();
  return ({ service, serviceInstance, timestamp, metric }) => {
    serviceName = service || serviceName;
    instanceName = serviceInstance || instanceName;
    at = Number(timestamp) || at;
    if (metric.case !== "singleValue" || serviceName === "") return;
    const { name, labels, value } = metric.value;
    const type = WATCHED.get(name);
    if (type === undefined || !Number.isFinite(value)) return;
    const label = (wanted: string): string => labels.find(({ name }) => name === wanted)?.value ?? "";
    const [processName, layer, uri] = [label("process_name"), label("layer"), label("uri")];
    noteValue({ serviceName, instanceName, processName, layer, type, uri, value, at });
  };
}
