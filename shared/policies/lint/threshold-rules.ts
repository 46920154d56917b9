import type { MonitorType } from "../policy.ts";
import { type CheckRule, oddField } from "./rule.ts";

/** PID_MAX_LIMIT of Linux on 64 bits: each thread has a number below it (proc_sys_kernel(5), pid_max). */
const MOST_THREADS = 4_194_304;

/**
 * Up to which threshold a check fires though nothing is wrong, and for whom. There is none for HTTP_ERROR_RATE: where no request
 * fails the rate is 0, which is under every threshold.
 */
const AT_REST: { readonly [type in MonitorType]?: { most: number; whom: string } } = {
  PROCESS_CPU: { most: 1, whom: "for most processes that do anything" },
  PROCESS_THREAD_COUNT: { most: 1, whom: "for every process" },
  SYSTEM_LOAD: { most: 0.1, whom: "on most machines that do anything" },
  HTTP_AVG_RESPONSE_TIME: { most: 1, whom: "for most that answer requests" },
};

/** What cannot be measured, since the kernel has no such values. */
const OUT_OF_REACH: { readonly [type in MonitorType]?: { most: number; why: string } } = {
  PROCESS_THREAD_COUNT: { most: MOST_THREADS, why: `Linux has at most ${MOST_THREADS} threads at once` },
  SYSTEM_LOAD: { most: MOST_THREADS, why: `load counts threads, and Linux has at most ${MOST_THREADS} at once` },
};

/** A load is a mean of the last minute already, so one sample of it is no accident. */
export const singleSample: CheckRule = (linted) => {
  const { type, check } = linted;
  if (check.count > 1 || type === "SYSTEM_LOAD") return [];
  const problem = "is 1: a single second at or over the threshold is enough to profile; 3 of 10 seconds is usual";
  return oddField(linted, "count", problem);
};

export const firesAlways: CheckRule = (linted) => {
  const rest = AT_REST[linted.type];
  const { threshold } = linted.check;
  if (rest === undefined || Number(threshold) > rest.most) return [];
  const problem = `is ${threshold}, so it fires ${rest.whom}, though nothing is wrong; raise it`;
  return oddField(linted, "threshold", problem);
};

export const neverFires: CheckRule = (linted) => {
  const reach = OUT_OF_REACH[linted.type];
  const { threshold } = linted.check;
  if (reach === undefined || Number(threshold) <= reach.most) return [];
  return oddField(linted, "threshold", `is ${threshold}, so it can never fire: ${reach.why}; lower it`);
};
