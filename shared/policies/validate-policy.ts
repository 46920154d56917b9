import { addFault, type Fault } from "../errors.ts";
import {
  type Budget,
  type Check,
  isMonitorType,
  isTarget,
  MAX_ACTIVE,
  MAX_POLICY_BYTES,
  MONITOR_TYPES,
  type MonitorType,
  type PolicyContent,
  type PolicyTargets,
  TARGETS,
  type TargetChecks,
} from "./policy.ts";
import { canonicalJson } from "./policy-uuid.ts";

export type Validated<T> = { ok: true; value: T } | { ok: false; faults: Fault[] };

/** Largest whole number that the agent's integers hold. */
export const MAX_INT32 = 2_147_483_647;
const DECIMAL = /^\d+(\.\d+)?$/;
/** What a check says, beside its monitor type. */
export const CHECK_FIELDS: readonly string[] = ["threshold", "period", "count", "uriList", "uriRegex"];

/** What an agent takes as a threshold: over 0, up to `most`. */
export const THRESHOLD_RULES: Readonly<Record<MonitorType, { integer: boolean; most: number; takes: string }>> = {
  PROCESS_CPU: { integer: true, most: 100, takes: "a whole percentage over 0, up to 100" },
  PROCESS_THREAD_COUNT: { integer: true, most: MAX_INT32, takes: "a whole number of threads over 0" },
  SYSTEM_LOAD: { integer: false, most: Number.MAX_SAFE_INTEGER, takes: "a load over 0" },
  HTTP_ERROR_RATE: { integer: false, most: 100, takes: "a percentage over 0, up to 100" },
  HTTP_AVG_RESPONSE_TIME: { integer: false, most: Number.MAX_SAFE_INTEGER, takes: "milliseconds over 0" },
};

/**
 * Checks a `targets` map as it stands in DynamoDB: target → monitor type → check. Numbers may be written as numbers or
 * as text. The rules are those of the agent, which drops what it does not accept.
 * @returns the policy in its one canonical form, or every fault with its path below `targets`.
 */
export function validateTargets(input: unknown): Validated<PolicyTargets> {
  const faults: Fault[] = [];
  if (!isRecord(input) || Object.keys(input).length === 0) {
    const problem = `is missing; it takes at least one of ${TARGETS.join(", ")}`;
    return { ok: false, faults: [{ path: "targets", problem }] };
  }
  const targets: { [target: string]: TargetChecks } = {};
  for (const [target, checks] of Object.entries(input)) {
    const path = `targets.${target}`;
    if (!isTarget(target)) {
      addFault(faults, { path, problem: `is no target; it takes one of ${TARGETS.join(", ")}` });
    } else if (!isRecord(checks) || Object.keys(checks).length === 0) {
      addFault(faults, { path, problem: `has no check; it takes at least one of ${MONITOR_TYPES.join(", ")}` });
    } else {
      targets[target] = validateChecks(checks, path, faults);
    }
  }
  return validatedSize(targets, faults, "targets");
}

/**
 * Checks a policy as it stands in DynamoDB: `targets`, and `budget` if it has one.
 * @returns the policy in its one canonical form, or every fault with its path.
 */
export function validatePolicy(input: Readonly<Record<string, unknown>>): Validated<PolicyContent> {
  const faults: Fault[] = [];
  const budget = validateBudget(input.budget, faults);
  const targets = validateTargets(input.targets);
  if (!targets.ok) return { ok: false, faults: [...targets.faults, ...faults] };
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: contentOf(targets.value, budget) };
}

/** A policy without a budget has no such field. */
export function contentOf(targets: PolicyTargets, budget: Budget | undefined): PolicyContent {
  return budget === undefined ? { targets } : { targets, budget };
}

/**
 * Checks a budget, which a policy may be without. One that is there and says nothing is a fault: whoever wrote it believes
 * that it bounds something.
 */
export function validateBudget(input: unknown, faults: Fault[]): Budget | undefined {
  if (input === undefined) return undefined;
  if (!isRecord(input)) {
    const what = input === null ? "is blank" : found(input);
    addFault(faults, { path: "budget", problem: `${what}; it takes a map with maxActive, like {maxActive: 5}` });
    return undefined;
  }
  for (const field of Object.keys(input)) {
    if (field === "maxActive") continue;
    addFault(faults, { path: `budget.${field}`, problem: "is no field of a budget; it takes maxActive" });
  }
  const takes = `a whole number of tasks, 1 to ${MAX_ACTIVE}`;
  const maxActive = wholeNumber(input.maxActive, "budget.maxActive", takes, faults, MAX_ACTIVE);
  return maxActive === undefined ? undefined : { maxActive };
}

/** Holds a policy against the limit of size, unless it has other faults already. */
export function validatedSize(targets: PolicyTargets, faults: Fault[], path: string): Validated<PolicyTargets> {
  if (faults.length > 0) return { ok: false, faults };
  const bytes = bytesOf(targets);
  if (bytes <= MAX_POLICY_BYTES) return { ok: true, value: targets };
  const problem = `is too large: ${bytes} bytes as JSON, at most ${MAX_POLICY_BYTES}; shorten the URI lists`;
  return { ok: false, faults: [{ path, problem }] };
}

/** The bytes of a list of paths as JSON: thousands of policies of a set may have the same one. */
const listBytes = new WeakMap<readonly string[], number>();

/** The bytes of the canonical JSON. */
function bytesOf(targets: PolicyTargets): number {
  let inLists = 0;
  const withoutLists = Object.entries(targets).map(([target, checks]) => {
    const short = Object.entries(checks).map(([type, check]) => {
      const bytes = listBytes.get(check.uriList) ?? Buffer.byteLength(JSON.stringify(check.uriList));
      listBytes.set(check.uriList, bytes);
      inLists += bytes - "[]".length;
      return [type, { ...check, uriList: [] }];
    });
    return [target, Object.fromEntries(short)];
  });
  return inLists + Buffer.byteLength(canonicalJson(Object.fromEntries(withoutLists)));
}

function validateChecks(checks: Record<string, unknown>, path: string, faults: Fault[]): TargetChecks {
  const valid: { [type: string]: Check } = {};
  for (const [type, check] of Object.entries(checks)) {
    const checkPath = `${path}.${type}`;
    if (!isMonitorType(type)) {
      addFault(faults, { path: checkPath, problem: `is no monitor type; it takes one of ${MONITOR_TYPES.join(", ")}` });
    } else if (!isRecord(check)) {
      addFault(faults, { path: checkPath, problem: "is no check; it takes threshold, period and count" });
    } else {
      valid[type] = validateCheck(type, check, checkPath, faults);
    }
  }
  return valid;
}

/** Checks one check and adds what is wrong to `faults`; what it returns means something only if nothing was added. */
export function validateCheck(type: MonitorType, check: Record<string, unknown>, path: string, faults: Fault[]): Check {
  for (const field of Object.keys(check)) {
    if (CHECK_FIELDS.includes(field)) continue;
    addFault(faults, {
      path: `${path}.${field}`,
      problem: `is no field of a check; it takes ${CHECK_FIELDS.join(", ")}`,
    });
  }
  const period = wholeNumber(check.period, `${path}.period`, "a whole number of seconds, 1 or more", faults);
  const count = wholeNumber(check.count, `${path}.count`, "a whole number, 1 or more", faults);
  if (period !== undefined && count !== undefined && count > period) {
    addFault(faults, { path: `${path}.count`, problem: `is ${count}, over the period of ${period} seconds; lower it` });
  }
  return {
    threshold: threshold(type, check.threshold, `${path}.threshold`, faults),
    period: period ?? 0,
    count: count ?? 0,
    uriList: validateUriList(check.uriList, `${path}.uriList`, faults),
    uriRegex: uriRegex(check.uriRegex, `${path}.uriRegex`, faults),
  };
}

function threshold(type: MonitorType, input: unknown, path: string, faults: Fault[]): string {
  const rule = THRESHOLD_RULES[type];
  const value = decimal(input);
  if (value === undefined || value <= 0 || value > rule.most || (rule.integer && !Number.isInteger(value))) {
    addFault(faults, { path, problem: `${found(input)}; it takes ${rule.takes}` });
    return "";
  }
  return plainDecimal(value);
}

function wholeNumber(
  input: unknown,
  path: string,
  takes: string,
  faults: Fault[],
  most: number = MAX_INT32,
): number | undefined {
  const value = decimal(input);
  if (value !== undefined && Number.isInteger(value) && value >= 1 && value <= most) return value;
  addFault(faults, { path, problem: `${found(input)}; it takes ${takes}` });
  return undefined;
}

/** Checks a list of paths; it comes back sorted, each path once. */
export function validateUriList(input: unknown, path: string, faults: Fault[]): readonly string[] {
  if (input === undefined || input === null) return [];
  const uris = input instanceof Set ? [...input] : input;
  if (!Array.isArray(uris)) {
    addFault(faults, { path, problem: `${found(input)}; it takes a list of paths` });
    return [];
  }
  uris.forEach((uri, index) => {
    if (typeof uri === "string" && uri.trim() !== "") return;
    addFault(faults, { path: `${path}[${index}]`, problem: `${found(uri)}; it takes a path` });
  });
  return [...new Set(uris.filter((uri) => typeof uri === "string"))].sort();
}

function uriRegex(input: unknown, path: string, faults: Fault[]): string {
  if (input === undefined || input === null) return "";
  if (typeof input === "string") return input;
  addFault(faults, { path, problem: `${found(input)}; it takes a regular expression as text` });
  return "";
}

/** A number written as a number or as plain decimal text; not hexadecimal, not with an exponent. */
function decimal(input: unknown): number | undefined {
  if (typeof input === "number") return Number.isFinite(input) ? input : undefined;
  if (typeof input === "string" && DECIMAL.test(input.trim())) return Number(input);
  return undefined;
}

/** The number as text that `decimal` reads: JavaScript itself writes numbers under 0.000001 with an exponent. */
function plainDecimal(value: number): string {
  const [digits = "", exponent] = String(value).split("e-");
  return exponent === undefined ? digits : `0.${"0".repeat(Number(exponent) - 1)}${digits.replace(".", "")}`;
}

function found(input: unknown): string {
  if (input === undefined || input === null) return "is missing";
  if (typeof input === "string") return `is ${JSON.stringify(input.slice(0, 64))}`;
  if (typeof input === "number" || typeof input === "boolean") return `is ${input}`;
  return `is a ${Array.isArray(input) ? "list" : "map"}`;
}

/** Whether this is a map; DynamoDB's sets and binary values are none. */
export function isRecord(input: unknown): input is Record<string, unknown> {
  return Object.prototype.toString.call(input) === "[object Object]";
}
