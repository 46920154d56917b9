import { isOfAll } from "../agent/measured-values.ts";
import type { MonitorType } from "../policies/policy.ts";

/** What each monitor type is called in a sentence, and the unit behind its values. */
export const MONITOR_TEXTS: Record<MonitorType, { name: string; unit: string }> = {
  PROCESS_CPU: { name: "process CPU", unit: " %" },
  PROCESS_THREAD_COUNT: { name: "thread count", unit: "" },
  SYSTEM_LOAD: { name: "system load", unit: "" },
  HTTP_ERROR_RATE: { name: "HTTP error rate", unit: " %" },
  HTTP_AVG_RESPONSE_TIME: { name: "HTTP response time", unit: " ms" },
};

/** A value with its unit, two decimals at most. */
export function amountText(value: number, unit: string): string {
  return `${Number.isFinite(value) ? Math.round(value * 100) / 100 : value}${unit}`;
}

/** Of which URI a value was measured, for instance ` of /cart`; blank for what was measured of all, `global` to agents. */
export function ofUri(uri: string): string {
  return isOfAll({ uri }) ? "" : ` of ${uri}`;
}
