import { type CheckRule, type LintedCheck, measuresHttp, type Oddity, oddField } from "./rule.ts";

export const regexNotRe2: CheckRule = (linted) =>
  regexRule(linted, "rejected", ({ reason }) => {
    return `is no regular expression of Go (RE2): ${reason}; agents cannot compile it, and leave the check out`;
  });

export const regexMatchesAll: CheckRule = (linted) =>
  regexRule(
    linted,
    "all",
    () => "matches every path, as if it were not there; leave it out, or say which paths you mean",
  );

export const regexMatchesNone: CheckRule = (linted) =>
  regexRule(linted, "none", () => {
    return "matches no path, so the check can never fire: a path begins with / and ends before ? or a space; mend it";
  });

function regexRule(
  linted: LintedCheck,
  matches: "rejected" | "all" | "none",
  problem: (verdict: { reason: string }) => string,
): readonly Oddity[] {
  const { type, check, regexes } = linted;
  if (!measuresHttp(type) || check.uriRegex === "") return [];
  const verdict = regexes.judge(check.uriRegex);
  return verdict.matches === matches ? oddField(linted, "uriRegex", problem(verdict)) : [];
}
