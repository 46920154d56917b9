import type { LatestValue } from "../agent/measured-values.ts";
import { type MonitorType, TARGETS, type Target } from "../policies/policy.ts";
import type { ServiceFacts } from "./service-facts.ts";

/** One check of a policy beside what was last measured for it. */
export interface CheckedValue {
  readonly target: Target;
  readonly type: MonitorType;
  readonly threshold: number;
  readonly period: number;
  readonly count: number;
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
    Object.entries(policy.policy.targets[target] ?? {}).map(([name, { threshold, period, count }]) => {
      const type = name as MonitorType;
      const highest = measured
        .filter((value) => value.type === type)
        .reduce<CheckedValue["highest"]>(
          (high, value) => (high && high.value >= value.value ? high : value),
          undefined,
        );
      return { target, type, threshold: Number(threshold), period, count, ...(highest && { highest }) };
    }),
  );
}
