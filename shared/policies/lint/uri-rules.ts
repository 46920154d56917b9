import type { SourceList, SourceValue } from "../set/source-value.ts";
import { type CheckRule, measuresHttp, type Oddity, oddField } from "./rule.ts";

const LIST_ALONE = "take either, or say both in one uriRegex, like ^(/cart|/api/.*)$";

export const listAndRegex: CheckRule = (linted) => {
  const { uriList, uriRegex } = linted.check;
  if (!measuresHttp(linted.type) || uriList.length === 0 || uriRegex === "") return [];
  return oddField(linted, "uriRegex", `stands beside uriList: agents drop it and say nothing; ${LIST_ALONE}`);
};

/** Agents do as they are told; what they record then says little of the requests that made them. */
export const httpOnOffCpu: CheckRule = (linted) => {
  const { target, type } = linted;
  if (target !== "OFF_CPU" || !measuresHttp(type)) return [];
  const problem =
    `measures requests under OFF_CPU, which records where all threads of the process wait, idle ones most of all; ` +
    "put it under NETWORK, which samples the requests themselves, or allow it if you mean the threads";
  return [{ at: linted.source, problem: `(${type}) ${problem}` }];
};

export const uriWithoutHttp: CheckRule = (linted) => {
  const { type, check } = linted;
  if (measuresHttp(type)) return [];
  const named = [check.uriList.length > 0 ? "uriList" : "", check.uriRegex === "" ? "" : "uriRegex"];
  return named
    .filter((field) => field !== "")
    .flatMap((field) => oddField(linted, field, `means nothing for ${type}, which measures no requests; leave it out`));
};

/** An agent takes a request's target up to the first ? or space, and compares it as it is with what the list has. */
export const pathNeverRequested: CheckRule = pathRule(() => (path) => {
  if (!path.startsWith("/")) return "does not begin with /, as the path of every request does";
  const odd = /[?#\s]/.exec(path)?.[0];
  if (odd === undefined) return undefined;
  const what = odd.trim() === "" ? "a space" : odd;
  return `holds ${what}, which no path has: agents compare what comes before ? alone; leave it and the rest out`;
});

export const pathWithStar: CheckRule = pathRule(
  () => (path) =>
    path.includes("*") ? "holds *, which stands for nothing but itself in uriList; say it in uriRegex" : undefined,
);

export const duplicatePath: CheckRule = pathRule(() => {
  const seen = new Set<string>();
  return (path) => {
    if (seen.has(path)) return "stands in the list already; leave it out";
    seen.add(path);
    return undefined;
  };
});

/** What is odd about each path of a list, at its place. A list is gone through once, however many checks inherit it. */
function pathRule(judgeOf: () => (path: string) => string | undefined): CheckRule {
  const known = new WeakMap<SourceValue, readonly Oddity[]>();
  return ({ type, source }) => {
    const list = source.fields.get("uriList");
    if (!measuresHttp(type) || list?.kind !== "list") return [];
    const found = known.get(list) ?? odditiesOf(list, judgeOf());
    known.set(list, found);
    return found;
  };
}

function odditiesOf(list: SourceList, judge: (path: string) => string | undefined): Oddity[] {
  return list.items.flatMap((item) => {
    const path = item.kind === "scalar" ? item.value : undefined;
    const problem = typeof path === "string" ? judge(path) : undefined;
    return problem === undefined
      ? []
      : [{ at: item, problem: `is ${JSON.stringify(path).slice(0, 100)}; it ${problem}` }];
  });
}
