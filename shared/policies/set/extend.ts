import type { MonitorType } from "../policy.ts";
import type { Base, CheckSource, ChecksSource, Definition } from "./definition.ts";
import type { Findings } from "./findings.ts";
import type { SourceValue } from "./source-value.ts";
import { suggestion } from "./suggestion.ts";

/** Most templates on the way from a service to the last one that something is extended by. */
export const MAX_EXTENDS_DEPTH = 16;

/** Most names of templates that are not there for which one is looked for that is meant. */
const MAX_SUGGESTED = 20;
/** So many templates are named where none is like the one that is not there. */
const FEW = 5;

/** What a definition says along with all that it extends. */
export interface Extended {
  readonly checks: ChecksSource;
  /** Undefined for none. */
  readonly budget: SourceValue | undefined;
  /** A template is not there, or cannot be told: what misses may be missing for that reason. */
  readonly incomplete: boolean;
}

/** Puts definitions over the templates that they extend. */
export interface Extender {
  extend(definition: Definition): Extended;
  /** Whether anything so far has extended the template of that name. */
  isExtended(template: string): boolean;
}

/**
 * @param options.someUnread some files could not be read, so that a template that is not there is no fault: it may be in those.
 */
export function createExtender(
  templates: ReadonlyMap<string, Definition>,
  findings: Findings,
  { someUnread = false } = {},
): Extender {
  const done = new Map<Definition, Extended>();
  const used = new Set<string>();
  const unknown = new Map<string, string>();

  function baseOf(base: Base, way: readonly Definition[]): Extended | undefined {
    const template = templates.get(base.name);
    if (template === undefined) {
      if (!someUnread) findings.add(base.place, base.path, missing(base.name));
      return undefined;
    }
    used.add(base.name);
    const seen = way.indexOf(template);
    if (seen >= 0) {
      const circle = [...way.slice(seen), template].map(({ name }) => name).join(" → ");
      findings.add(base.place, base.path, `closes a circle of templates: ${circle}`);
      return undefined;
    }
    if (way.length > MAX_EXTENDS_DEPTH) {
      findings.add(base.place, base.path, `is over ${MAX_EXTENDS_DEPTH} templates away from what it is extended by`);
      return undefined;
    }
    return extendedOn(template, way);
  }

  /** Each name is compared with all templates once, and not too many names are. */
  function missing(name: string): string {
    const known = unknown.get(name);
    if (known !== undefined) return known;
    const meant = unknown.size < MAX_SUGGESTED ? suggestion(name, templates.keys()) : "";
    const few = templates.size > 0 && templates.size <= FEW ? `; there are ${[...templates.keys()].join(", ")}` : "";
    const problem = `there is no template ${name}${meant || few}`;
    unknown.set(name, problem);
    return problem;
  }

  function extendedOn(definition: Definition, way: readonly Definition[]): Extended {
    const known = done.get(definition);
    if (known !== undefined) return known;
    let checks: ChecksSource = new Map();
    let budget: SourceValue | undefined;
    let incomplete = definition.extends && definition.bases.length === 0;
    for (const base of definition.bases) {
      const below = baseOf(base, [...way, definition]);
      if (below === undefined) {
        incomplete = true;
        continue;
      }
      checks = layered(checks, below.checks);
      budget = below.budget ?? budget;
      incomplete ||= below.incomplete;
    }
    const extended: Extended = {
      checks: layered(checks, definition.checks),
      budget: definition.budget === undefined ? budget : ownBudget(definition, findings),
      incomplete,
    };
    done.set(definition, extended);
    return extended;
  }

  return { extend: (definition) => extendedOn(definition, []), isExtended: (template) => used.has(template) };
}

/** The budget that a definition names itself. `null`, written out, takes an inherited one away. */
function ownBudget({ budget, extends: extending }: Definition, findings: Findings): SourceValue | undefined {
  if (!extending || budget?.kind !== "scalar" || budget.value !== null) return budget;
  if (budget.blank) {
    const takes = "it takes a map with maxActive, like {maxActive: 5}, or null to have none though a template has one";
    findings.add(budget.place, budget.path, `is blank; ${takes}`);
  }
  return undefined;
}

/** Checks over checks: by target, then monitor type, then field. What only one of them has is taken as it is. */
function layered(below: ChecksSource, above: ChecksSource): ChecksSource {
  if (below.size === 0) return above;
  if (above.size === 0) return below;
  const targets = new Map(below);
  for (const [target, checks] of above) {
    const merged = new Map<MonitorType, CheckSource>(below.get(target));
    for (const [type, check] of checks) merged.set(type, overlaid(merged.get(type), check));
    targets.set(target, merged);
  }
  return targets;
}

/** A checker over another of its kind. One way to name URIs takes the place of the other. */
function overlaid(below: CheckSource | undefined, above: CheckSource): CheckSource {
  if (below === undefined) return above;
  const fields = new Map(below.fields);
  if (above.fields.has("uriList")) fields.delete("uriRegex");
  if (above.fields.has("uriRegex")) fields.delete("uriList");
  for (const [name, value] of above.fields) fields.set(name, value);
  return { ...above, fields };
}
