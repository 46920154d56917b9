import { isOfAll, type LatestValue } from "../agent/measured-values.ts";
import { type Check, type MonitorType, TARGETS, type Target } from "../policies/policy.ts";
import type { ServiceFacts } from "./service-facts.ts";

/** One check of a policy beside what was last measured for it. */
export interface CheckedValue {
  readonly target: Target;
  readonly type: MonitorType;
  readonly threshold: number;
  readonly period: number;
  readonly count: number;
  /** Whose traffic the check looks at, see Check; HTTP types only. */
  readonly uriList: readonly string[];
  readonly uriRegex: string;
  /** The highest of the latest values of all processes; undefined if none is known. */
  readonly highest?: LatestValue & { readonly instanceName: string; readonly processName: string };
}

/** Every check of the service's policy, with the highest value that is known for it. */
export function checkedValues({ policy, agents }: ServiceFacts): CheckedValue[] {
  if (policy?.state !== "valid") return [];
  const measured = agents.flatMap(({ processes }) =>
    processes.flatMap(({ instanceName, processName, values }) =>
      values.map((value) => ({ ...value, instanceName, processName })),
    ),
  );
  return TARGETS.flatMap((target) =>
    Object.entries(policy.policy.targets[target] ?? {}).map(([name, check]) => {
      const type = name as MonitorType;
      const { threshold, ...others } = check;
      const highest = measured
        .filter((value) => value.type === type && looksAt(check, value))
        .reduce<CheckedValue["highest"]>(
          (high, value) => (high && high.value >= value.value ? high : value),
          undefined,
        );
      return { target, type, threshold: Number(threshold), ...others, ...(highest && { highest }) };
    }),
  );
}

/** A check for which something was measured. */
export type MeasuredCheck = CheckedValue & Required<Pick<CheckedValue, "highest">>;

export function measuredChecks(facts: ServiceFacts): MeasuredCheck[] {
  return checkedValues(facts).filter((check): check is MeasuredCheck => check.highest !== undefined);
}

/** A process may have other checks, and values of their paths: a regex's stand under its text, those of no filter under none. */
function looksAt({ uriList, uriRegex }: Check, value: LatestValue): boolean {
  if (uriList.length > 0) return uriList.includes(value.uri);
  return uriRegex === "" ? isOfAll(value) : value.uri === uriRegex;
}
