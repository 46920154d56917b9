import type { Fault } from "../../errors.ts";
import type { Budget, Check, PolicyContent, PolicyTargets, TargetChecks } from "../policy.ts";
import { contentOf, validateBudget, validateCheck, validatedSize, validateUriList } from "../validate-policy.ts";
import type { CheckSource, Definition } from "./definition.ts";
import type { Extended } from "./extend.ts";
import type { Findings } from "./findings.ts";
import { pathTo, plainValue, type SourceValue } from "./source-value.ts";

/** Holds what files say against the rules of policies. */
export interface Judge {
  /** The policy, in its one canonical form; it means something only if no fault was found. */
  contentOf(definition: Definition, extended: Extended): PolicyContent;
  /** A check that has been judged and breaks no rule. */
  soundCheck(source: CheckSource): Check | undefined;
}

/** A list of paths, which may be long, and is judged once however many checks inherit it. */
interface JudgedList {
  readonly uris: readonly string[];
  readonly faults: readonly Fault[];
}

/** What thousands of services have from one template is judged once: it is the same object for all of them. */
export function createJudge(findings: Findings): Judge {
  const checks = new Map<CheckSource, Check>();
  const lists = new Map<SourceValue, JudgedList>();
  const unsound = new Set<CheckSource>();
  const targets = new Map<Extended["checks"], PolicyTargets>();

  function targetsOf(extended: Extended, owner: Definition): PolicyTargets {
    const known = targets.get(extended.checks);
    if (known !== undefined) return known;
    const judged: { [target: string]: TargetChecks } = {};
    for (const [target, byType] of extended.checks) {
      judged[target] = Object.fromEntries(
        [...byType].map(([type, source]) => [type, checkOf(source, extended.incomplete)]),
      );
    }
    const sized = validatedSize(judged, [], "");
    if (!sized.ok) {
      for (const { problem } of sized.faults) findings.add(owner.place, pathTo(owner.path, "policy"), problem);
    }
    targets.set(extended.checks, judged);
    return judged;
  }

  function listOf(source: SourceValue): JudgedList {
    const known = lists.get(source);
    if (known !== undefined) return known;
    const faults: Fault[] = [];
    const judged = { uris: validateUriList(plainValue(source), ".uriList", faults), faults };
    lists.set(source, judged);
    return judged;
  }

  function checkOf(source: CheckSource, incomplete: boolean): Check {
    const known = checks.get(source);
    if (known !== undefined) return known;
    const { type, fields } = source;
    const { uriList, ...own } = Object.fromEntries(fields);
    const plain = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, plainValue(value)]));
    const faults: Fault[] = [];
    const list = uriList && listOf(uriList);
    const check = { ...validateCheck(type, plain, "", faults), uriList: list?.uris ?? [] };
    faults.push(...(list?.faults ?? []));
    for (const { path, problem } of faults) {
      const [, field = "", item] = /^\.(\w+)(?:\[(\d+)\])?/.exec(path) ?? [];
      const value = fields.get(field);
      if (value !== undefined) addAt(itemOf(value, item), problem, findings);
      else if (!incomplete) findings.add(source.place, pathTo(source.path, field), problem);
    }
    checks.set(source, check);
    if (faults.length > 0) unsound.add(source);
    return check;
  }

  return {
    contentOf(definition, extended) {
      for (const stray of definition.strays) checkOf(stray, definition.extends);
      return contentOf(targetsOf(extended, definition), judgedBudget(extended.budget ?? undefined, findings));
    },
    soundCheck: (source) => (unsound.has(source) ? undefined : checks.get(source)),
  };
}

function judgedBudget(source: SourceValue | undefined, findings: Findings): Budget | undefined {
  if (source === undefined) return undefined;
  const faults: Fault[] = [];
  const budget = validateBudget(plainValue(source), faults);
  for (const { path, problem } of faults) {
    const name = path.slice("budget".length + 1);
    const field = source.kind === "map" ? source.fields.get(name)?.value : undefined;
    const missing = { place: source.place, path: name === "" ? source.path : pathTo(source.path, name) };
    addAt(field ?? missing, problem, findings);
  }
  return budget;
}

function addAt({ place, path }: Pick<SourceValue, "place" | "path">, problem: string, findings: Findings): void {
  findings.add(place, path, problem);
}

function itemOf(value: SourceValue, index: string | undefined): SourceValue {
  return (value.kind === "list" && index !== undefined && value.items[Number(index)]) || value;
}
