import type { CheckSource } from "../set/definition.ts";
import { createFindings, type PlacedFinding, type SourceFile } from "../set/findings.ts";
import type { ReadDefinition, ReadSet } from "../set/read-set.ts";
import { suggestion } from "../set/suggestion.ts";
import { type Allowance, allowancesOf } from "./allowed.ts";
import { createRegexJudge } from "./regex-judge.ts";
import { regexMatchesAll, regexMatchesNone, regexNotRe2 } from "./regex-rules.ts";
import type { CheckRule } from "./rule.ts";
import { firesAlways, neverFires, singleSample } from "./threshold-rules.ts";
import {
  duplicatePath,
  httpOnOffCpu,
  listAndRegex,
  pathNeverRequested,
  pathWithStar,
  uriWithoutHttp,
} from "./uri-rules.ts";

/** The rules about checks, by the names that warnings carry and comments silence. */
const CHECK_RULES: Readonly<Record<string, CheckRule>> = {
  "single-sample": singleSample,
  "fires-always": firesAlways,
  "never-fires": neverFires,
  "http-on-off-cpu": httpOnOffCpu,
  "uri-without-http": uriWithoutHttp,
  "list-and-regex": listAndRegex,
  "path-never-requested": pathNeverRequested,
  "path-with-star": pathWithStar,
  "duplicate-path": duplicatePath,
  "regex-not-re2": regexNotRe2,
  "regex-matches-all": regexMatchesAll,
  "regex-matches-none": regexMatchesNone,
};

/** All rules, in the order of docs/policies.md. */
export const RULES: readonly string[] = [
  ...Object.keys(CHECK_RULES),
  "unused-template",
  "spaces-in-name",
  "unknown-rule",
];

/** What is allowed in a policy and is hardly what somebody means, but for what comments allow. */
export function lint(set: ReadSet, files: readonly SourceFile[]): PlacedFinding[] {
  const warnings = createFindings(silencedBy(files));
  const regexes = createRegexJudge();
  const seen = new Set<CheckSource>();

  function lintChecks({ extended }: ReadDefinition): void {
    const all = [...extended.checks].flatMap(([target, checks]) =>
      [...checks.values()].map((source) => ({ target, source })),
    );
    for (const { target, source } of all) {
      const check = set.soundCheck(source);
      if (seen.has(source) || check === undefined) continue;
      seen.add(source);
      for (const [rule, find] of Object.entries(CHECK_RULES)) {
        const oddities = find({ target, type: source.type, check, source, regexes });
        for (const { at, problem } of oddities) warnings.add(at.place, at.path, problem, rule);
      }
    }
  }

  for (const template of set.templates) {
    lintChecks(template);
    const { name, place, path } = template.definition;
    // Where there are faults, what extends it may be among what could not be read.
    if (set.faults.length > 0 || set.isExtended(name)) continue;
    warnings.add(place, path, "is extended by nothing; leave it out, or extend it", "unused-template");
  }
  for (const service of set.services) {
    lintChecks(service);
    const { name, place, path } = service.definition;
    if (name === name.trim()) continue;
    const problem = "has spaces around its name, which agents would have to report too; take them away";
    warnings.add(place, path, problem, "spaces-in-name");
  }
  for (const file of files) {
    for (const { rule, line, column } of allowancesOf(file)) {
      if (RULES.includes(rule)) continue;
      const problem = `there is no rule ${rule} to allow${suggestion(rule, RULES)}`;
      warnings.add({ file: file.name, line, column }, "", problem, "unknown-rule");
    }
  }
  return warnings.list(files);
}

/** Whether comments silence a finding. */
function silencedBy(files: readonly SourceFile[]): (finding: PlacedFinding) => boolean {
  const key = (file: string, line: number, rule: string): string => JSON.stringify([file, line, rule]);
  const silenced = new Set(
    files.flatMap((file) => allowancesOf(file).map(({ about, rule }: Allowance) => key(file.name, about, rule))),
  );
  return ({ place, rule = "" }) => silenced.has(key(place.file, place.line, rule));
}
