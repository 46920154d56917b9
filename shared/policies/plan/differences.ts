import {
  type Check,
  MONITOR_TYPES,
  type MonitorType,
  type PolicyContent,
  type SpokenCheck,
  spokenCheck,
  TARGETS,
  type Target,
  type TargetChecks,
} from "../policy.ts";

/** One field that two policies differ in. */
export interface Difference {
  /**
   * `ON_CPU.PROCESS_CPU` for a whole check that is added or removed, `ON_CPU.PROCESS_CPU.threshold` for a field of one that
   * stays, `budget.maxActive`.
   */
  readonly path: string;
  /** Null where there was none. */
  readonly before: DifferenceValue | null;
  /** Null where there is to be none. */
  readonly after: DifferenceValue | null;
}

export type DifferenceValue = string | number | readonly string[] | SpokenCheck;

const FIELDS = ["threshold", "period", "count", "uriList", "uriRegex"] as const;

/** Every field that differs, in the order in which a policy is read. Undefined: there is no policy. */
export function differencesOf(before: PolicyContent | undefined, after: PolicyContent | undefined): Difference[] {
  const differences: Difference[] = [];
  const budgets = [before?.budget?.maxActive ?? null, after?.budget?.maxActive ?? null] as const;
  if (budgets[0] !== budgets[1]) differences.push({ path: "budget.maxActive", before: budgets[0], after: budgets[1] });
  for (const target of TARGETS) {
    for (const type of MONITOR_TYPES) {
      const checks = [checkOf(before, target, type), checkOf(after, target, type)] as const;
      differences.push(...checkDifferences(`${target}.${type}`, ...checks));
    }
  }
  return differences;
}

function checkOf(policy: PolicyContent | undefined, target: Target, type: MonitorType): Check | undefined {
  const checks: TargetChecks = policy?.targets[target] ?? {};
  return checks[type];
}

function checkDifferences(path: string, before: Check | undefined, after: Check | undefined): Difference[] {
  if (before === undefined || after === undefined) {
    if (before === after) return [];
    return [{ path, before: before ? spokenCheck(before) : null, after: after ? spokenCheck(after) : null }];
  }
  return FIELDS.flatMap((field) => {
    const values = [fieldOf(before, field), fieldOf(after, field)] as const;
    if (JSON.stringify(values[0]) === JSON.stringify(values[1])) return [];
    return [{ path: `${path}.${field}`, before: values[0], after: values[1] }];
  });
}

function fieldOf(check: Check, field: (typeof FIELDS)[number]): DifferenceValue | null {
  const value = check[field];
  return value.toString() === "" ? null : value; // an empty list or a blank text says nothing
}
