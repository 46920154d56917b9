import { TARGETS, type Target } from "../policies/policy.ts";
import { freeAt } from "../tasks/active-tasks.ts";
import type { ServiceFacts } from "./service-facts.ts";
import { untilText } from "./until-text.ts";

/** How far a policy's budget is used up for one of its targets. */
export interface BudgetUse {
  readonly target: Target;
  readonly active: number;
  readonly maxActive: number;
  /** When there is room again, in ms since the epoch; undefined: there is room. */
  readonly freeAt: number | undefined;
}

/** Of every target of the service's policy; none without a budget. */
export function budgetUses({ policy, activeTasks }: Pick<ServiceFacts, "policy" | "activeTasks">): BudgetUse[] {
  const { budget, targets } = policy?.state === "valid" ? policy.policy : {};
  if (budget === undefined || targets === undefined) return [];
  const { maxActive } = budget;
  return TARGETS.filter((target) => targets[target] !== undefined).map((target) => {
    const active = activeTasks.get(target) ?? new Map();
    const isFull = active.size >= maxActive;
    return { target, active: active.size, maxActive, freeAt: isFull ? freeAt(active, maxActive) : undefined };
  });
}

/** For instance `5 of 5 ON_CPU tasks active; there is room in 9 min`. */
export function budgetUseText({ target, active, maxActive, freeAt }: BudgetUse, now: number): string {
  const count = `${active} of ${maxActive} ${target} tasks active`;
  return freeAt === undefined ? count : `${count}; there is room ${untilText(freeAt, now)}`;
}
