import { isKey, MAX_KEY_BYTES } from "../aws/key.ts";

/**
 * A policy: for one service, which checks make an agent start which kind of profiling. The names are the agent's own.
 */

/** What the agent records once a check fires. */
export const TARGETS = ["ON_CPU", "OFF_CPU", "NETWORK"] as const;
export type Target = (typeof TARGETS)[number];

/** What a check watches. */
export const MONITOR_TYPES = [
  "PROCESS_CPU",
  "PROCESS_THREAD_COUNT",
  "SYSTEM_LOAD",
  "HTTP_ERROR_RATE",
  "HTTP_AVG_RESPONSE_TIME",
] as const;
export type MonitorType = (typeof MONITOR_TYPES)[number];

/** Fires when at least `count` of the last `period` one-second samples are at or over `threshold`. */
export interface Check {
  /** Decimal text in the unit of the monitor type: percent, threads, load or milliseconds. */
  readonly threshold: string;
  /** Seconds. */
  readonly period: number;
  readonly count: number;
  /** Paths whose traffic is measured, sorted; empty for all. HTTP types only. */
  readonly uriList: readonly string[];
  /** Go RE2; blank for none. HTTP types only, and only where `uriList` is empty. */
  readonly uriRegex: string;
}

/** A check as items and files have it. */
export type SpokenCheck = Omit<Check, "uriList" | "uriRegex"> & Partial<Pick<Check, "uriList" | "uriRegex">>;

export type TargetChecks = { readonly [type in MonitorType]?: Check };
export type PolicyTargets = { readonly [target in Target]?: TargetChecks };

/** How much profiling a policy may set off, over all agents; for each of its targets apart. */
export interface Budget {
  /** Tasks that are active at once, from report until their duration has passed. */
  readonly maxActive: number;
}

/** What an operator says in a policy. Agents are told the targets; the budget is Flashpoint's own. */
export interface PolicyContent {
  readonly targets: PolicyTargets;
  /** Undefined: every report is taken. */
  readonly budget?: Budget | undefined;
}

export interface Policy extends PolicyContent {
  readonly serviceName: string;
  /** Hash of `targets` (policy-uuid.ts): the same content has the same UUID. */
  readonly uuid: string;
  /** Counts the writes of this item, from 1; 0 in an item written by hand that carries none. */
  readonly revision: number;
  /** ISO 8601; blank in an item written by hand that carries none. */
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** Longest service name in bytes: it is the partition key. */
export const MAX_SERVICE_NAME_BYTES = MAX_KEY_BYTES;

/** Most tasks that a budget may have active at once. */
export const MAX_ACTIVE = 1_000;

/** Largest policy in bytes of its canonical JSON. */
export const MAX_POLICY_BYTES = 100 * 1_024;

/** A check without the URI fields that say nothing: whoever reads it is to see what is said. */
export function spokenCheck({ uriList, uriRegex, ...check }: Check): SpokenCheck {
  return { ...check, ...(uriList.length > 0 && { uriList }), ...(uriRegex !== "" && { uriRegex }) };
}

export function isTarget(name: string): name is Target {
  return (TARGETS as readonly string[]).includes(name);
}

export function isMonitorType(name: string): name is MonitorType {
  return (MONITOR_TYPES as readonly string[]).includes(name);
}

/** Whether a policy can be stored under this name. */
export function isServiceName(name: string): boolean {
  return isKey(name);
}

/** Who last updated a policy that somebody edited past Flashpoint. */
export const BY_HAND = "edited by hand";
