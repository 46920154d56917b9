import { ProfilingTarget } from "../gen/flashpoint/v1/task_pb.js";
import { TARGETS, type Target } from "../policies/policy.ts";
import { readChoices } from "./read-choices.ts";

/** See `readChoices`. */
export function readTargets(value: unknown): Target[] | undefined {
  return readChoices(value, TARGETS);
}

/** A target as collectors name it; undefined for one that they have no name for. */
export function targetOf(target: ProfilingTarget): Target | undefined {
  return TARGETS.find((name) => ProfilingTarget[name] === target);
}
