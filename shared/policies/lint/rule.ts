import type { Check, MonitorType } from "../policy.ts";
import type { CheckSource } from "../set/definition.ts";
import type { SourceValue } from "../set/source-value.ts";
import type { RegexJudge } from "./regex-judge.ts";

/** A check that breaks no rule of policies, with where its fields stand. */
export interface LintedCheck {
  readonly target: string;
  readonly type: MonitorType;
  readonly check: Check;
  readonly source: CheckSource;
  readonly regexes: RegexJudge;
}

/** What a rule finds: where, and what is odd about it and what to do. Nothing in it names the service: templates have many. */
export interface Oddity {
  readonly at: Pick<SourceValue, "place" | "path">;
  readonly problem: string;
}

/** A rule about checks that are allowed and are hardly what somebody means. */
export type CheckRule = (check: LintedCheck) => readonly Oddity[];

/** The oddity at a field of a check, or at the check where that field does not stand. */
export function oddField({ source }: LintedCheck, field: string, problem: string): readonly Oddity[] {
  return [{ at: source.fields.get(field) ?? source, problem }];
}

/** Whether checks of this type measure requests, and know of URIs. */
export function measuresHttp(type: MonitorType): boolean {
  return type === "HTTP_ERROR_RATE" || type === "HTTP_AVG_RESPONSE_TIME";
}
