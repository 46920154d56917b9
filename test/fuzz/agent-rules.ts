const DECIMAL = /^\d+(\.\d+)?$/;
const TARGETS = ["ON_CPU", "OFF_CPU", "NETWORK"];
const MOST: Readonly<Record<string, { most: number; isWhole: boolean }>> = {
  PROCESS_CPU: { most: 100, isWhole: true },
  PROCESS_THREAD_COUNT: { most: 2 ** 31 - 1, isWhole: true },
  SYSTEM_LOAD: { most: Number.MAX_SAFE_INTEGER, isWhole: false },
  HTTP_ERROR_RATE: { most: 100, isWhole: false },
  HTTP_AVG_RESPONSE_TIME: { most: Number.MAX_SAFE_INTEGER, isWhole: false },
};

/**
 * What an agent would not take of a policy that it is sent, by its own rules (it drops such a check, and may drop the
 * whole answer); undefined if it takes all. Written from the protocol, and not from what Flashpoint validates.
 */
export function faultForAgent(profiling: unknown): string | undefined {
  if (!isMap(profiling)) return "Profiling is no map";
  for (const [target, checks] of Object.entries(profiling)) {
    if (!TARGETS.includes(target)) return `target ${target}`;
    if (!isMap(checks) || Object.keys(checks).length === 0) return `${target} has no checks`;
    for (const [type, check] of Object.entries(checks)) {
      const fault = faultOfCheck(type, check);
      if (fault !== undefined) return `${target}.${type}: ${fault}`;
    }
  }
  return undefined;
}

function faultOfCheck(type: string, check: unknown): string | undefined {
  const rule = Object.hasOwn(MOST, type) ? MOST[type] : undefined;
  if (rule === undefined) return "no monitor type";
  if (!isMap(check)) return "no check";
  const { Threshold, Period, Count, URIList, URIRegex } = check;
  const threshold = typeof Threshold === "string" && DECIMAL.test(Threshold) ? Number(Threshold) : Number.NaN;
  if (!(threshold > 0 && threshold <= rule.most)) return `threshold ${Threshold}`;
  if (rule.isWhole && !Number.isInteger(threshold)) return `threshold ${Threshold}`;
  if (!isCount(Period) || !isCount(Count) || Count > Period) return `count ${Count} of ${Period}`;
  if (!Array.isArray(URIList) || !URIList.every((uri) => typeof uri === "string")) return "paths";
  return typeof URIRegex === "string" ? undefined : "regex";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value < 2 ** 31;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
