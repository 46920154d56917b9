import {
  isMonitorType,
  isServiceName,
  isTarget,
  MAX_SERVICE_NAME_BYTES,
  MONITOR_TYPES,
  type MonitorType,
  TARGETS,
} from "../policy.ts";
import { CHECK_FIELDS } from "../validate-policy.ts";
import type { Findings, Place } from "./findings.ts";
import { foundText, pathTo, plainValue, type SourceMap, type SourceValue } from "./source-value.ts";
import { suggestion } from "./suggestion.ts";

/** What a file says of a service or a template, before what it extends is put under it. */
export interface Definition {
  readonly kind: "service" | "template";
  readonly name: string;
  /** Where it begins. */
  readonly place: Place;
  readonly path: string;
  /** The templates that it extends, the last one first in what it says. */
  readonly bases: readonly Base[];
  /** Whether it has `extends`, whatever stands there. */
  readonly extends: boolean;
  readonly checks: ChecksSource;
  /** Checkers that are at fault as such, a second one of a kind for instance: what stands in them is judged all the same. */
  readonly strays: readonly CheckSource[];
  /** Undefined if the file does not speak of it. */
  readonly budget: SourceValue | undefined;
}

export interface Base {
  readonly name: string;
  readonly place: Place;
  readonly path: string;
}

/** Target → monitor type → checker. A target that is there has a checker. */
export type ChecksSource = ReadonlyMap<string, ReadonlyMap<MonitorType, CheckSource>>;

/** A checker as files have it: each of its fields with the place where that field stands. */
export interface CheckSource {
  readonly type: MonitorType;
  /** Where the checker stands that said something last. */
  readonly place: Place;
  readonly path: string;
  /** By name, without `type`. */
  readonly fields: ReadonlyMap<string, SourceValue>;
}

const CHECKER_FIELDS = ["type", ...CHECK_FIELDS];
const TARGET_FIELDS = ["type", "checkers"];
/** What may be said of a service, and of a template. */
export const DEFINITION_FIELDS = ["policy", "budget", "extends"];

/** Left blank, these would take away what a template narrows a check down to, though nobody says so. */
const URIS_TAKE: Readonly<Record<string, string>> = {
  uriList: "it takes a list of paths, or []",
  uriRegex: 'it takes a regular expression as text, or ""',
};

export const POLICY_MISSING =
  "is missing; it takes a list with an entry for each target, like [{type: ON_CPU, checkers: […]}]";

/** Reads a definition; its faults go to `findings`, and what can be read is read. */
export function readDefinition(
  source: SourceMap,
  about: { kind: Definition["kind"]; name: string; place: Place },
  findings: Findings,
): Definition {
  const strays: CheckSource[] = [];
  const field = (name: string): SourceValue | undefined => source.fields.get(name)?.value;
  const policy = field("policy");
  const base = field("extends");
  if (policy === undefined && base === undefined) {
    findings.add(source.place, pathTo(source.path, "policy"), POLICY_MISSING);
  }
  return {
    ...about,
    path: source.path,
    bases: base === undefined ? [] : basesOf(base, findings),
    extends: base !== undefined,
    checks: policy === undefined ? new Map() : checksOf(policy, strays, findings),
    strays,
    budget: field("budget"),
  };
}

/** Says of every field of a map that is none of these that it does not belong there. */
export function refuseUnknownFields(
  source: SourceMap,
  what: string,
  known: readonly string[],
  findings: Findings,
): void {
  for (const [name, { value }] of source.fields) {
    if (known.includes(name)) continue;
    const problem = `is no field of ${what}; it takes ${listText(known)}${suggestion(name, known)}`;
    findings.add(value.place, value.path, problem);
  }
}

/** Says of a name that nothing can be stored under it. */
export function refuseBadName(name: string, place: Place, path: string, findings: Findings): void {
  if (isServiceName(name)) return;
  const what = name === "" ? "is blank" : `is a name of ${Buffer.byteLength(name)} bytes`;
  findings.add(place, path, `${what}; a name takes 1 to ${MAX_SERVICE_NAME_BYTES} bytes`);
}

function basesOf(source: SourceValue, findings: Findings): Base[] {
  const items = source.kind === "list" ? source.items : [source];
  const takes = "it takes a template's name, or a list of names";
  if (items.length === 0) findings.add(source.place, source.path, `names no template; ${takes}`);
  return items.flatMap((item) => {
    if (item.kind === "scalar" && typeof item.value === "string" && item.value !== "") {
      return [{ name: item.value, place: item.place, path: item.path }];
    }
    findings.add(item.place, item.path, `${foundText(item)}; ${takes}`);
    return [];
  });
}

function checksOf(policy: SourceValue, strays: CheckSource[], findings: Findings): ChecksSource {
  const targets = new Map<string, Map<MonitorType, CheckSource>>();
  if (policy.kind !== "list" || policy.items.length === 0) {
    findings.add(policy.place, policy.path, POLICY_MISSING);
    return targets;
  }
  for (const entry of policy.items) {
    if (entry.kind !== "map") {
      findings.add(entry.place, entry.path, "is no target; it takes type and checkers");
      continue;
    }
    refuseUnknownFields(entry, "a target", TARGET_FIELDS, findings);
    const [target, type] = typeOf(entry);
    const known = isTarget(target);
    const twice = targets.has(target);
    if (!known) {
      const problem = `is no target; it takes one of ${TARGETS.join(", ")}${suggestion(target, TARGETS)}`;
      findings.add(type.place, type.path, problem);
    } else if (twice) {
      findings.add(type.place, type.path, `${target} stands here twice; put its checkers into one entry`);
    }
    const checks = checkersOf(entry, strays, findings);
    if (known && !twice) targets.set(target, checks);
    else strays.push(...checks.values());
  }
  return targets;
}

function checkersOf(entry: SourceMap, strays: CheckSource[], findings: Findings): Map<MonitorType, CheckSource> {
  const checks = new Map<MonitorType, CheckSource>();
  const checkers = entry.fields.get("checkers")?.value;
  if (checkers?.kind !== "list" || checkers.items.length === 0) {
    const place = checkers?.place ?? entry.place;
    const problem = "is missing; it takes a list with at least one checker";
    findings.add(place, pathTo(entry.path, "checkers"), problem);
    return checks;
  }
  for (const checker of checkers.items) {
    if (checker.kind !== "map") {
      findings.add(checker.place, checker.path, "is no checker; it takes type, threshold, period and count");
      continue;
    }
    const [name, type] = typeOf(checker);
    if (!isMonitorType(name)) {
      const problem = `is no monitor type; it takes one of ${MONITOR_TYPES.join(", ")}${suggestion(name, MONITOR_TYPES)}`;
      findings.add(type.place, type.path, problem);
      continue;
    }
    refuseUnknownFields(checker, "a checker", CHECKER_FIELDS, findings);
    const source = checkSourceOf(name, checker, findings);
    if (checks.has(name)) {
      findings.add(type.place, type.path, `${name} stands here twice; an agent keeps one of a kind`);
      strays.push(source);
    } else {
      checks.set(name, source);
    }
  }
  return checks;
}

function checkSourceOf(type: MonitorType, { place, path, fields }: SourceMap, findings: Findings): CheckSource {
  const known = [...fields].filter(([name]) => CHECK_FIELDS.includes(name));
  for (const [name, { value }] of known) {
    const takes = URIS_TAKE[name];
    if (takes === undefined || value.kind !== "scalar" || value.value !== null) continue;
    findings.add(value.place, value.path, `is blank; ${takes} to measure all requests`);
  }
  return { type, place, path, fields: new Map(known.map(([name, { value }]) => [name, value])) };
}

/** The `type` of an entry, blank if it is no text, and where it stands or should. */
function typeOf(entry: SourceMap): [string, { place: Place; path: string }] {
  const type = entry.fields.get("type")?.value;
  if (type === undefined) return ["", { place: entry.place, path: pathTo(entry.path, "type") }];
  const name = plainValue(type);
  return [typeof name === "string" ? name : "", type];
}

function listText(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
