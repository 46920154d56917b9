import type { MonitorType } from "../policy.ts";
import type { Base, CheckSource, ChecksSource, Definition } from "./definition.ts";
import type { Findings } from "./findings.ts";
import type { SourceValue } from "./source-value.ts";
import { suggestion } from "./suggestion.ts";

/** Most templates that stand on one another, from what a service extends to the last one. */
export const MAX_EXTENDS_DEPTH = 16;

/** Most names of templates that are not there for which one is looked for that is meant. */
const MAX_SUGGESTED = 20;
/** So many templates are named where none is like the one that is not there. */
const FEW = 5;

/** What a definition says along with all that it extends. */
export interface Extended {
  readonly checks: ChecksSource;
  /** Null where the last that speaks of one takes it away; undefined where nothing does. */
  readonly budget: SourceValue | null | undefined;
  /** So many templates stand on one another here, this one with them. */
  readonly height: number;
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
  const open = new Set<Definition>();
  const circular = new Set<Base>();

  /** The template of a base, once; those that lead into a circle are none. */
  function templateOf(base: Base): Definition | undefined {
    const template = circular.has(base) ? undefined : templates.get(base.name);
    if (template !== undefined) used.add(base.name);
    return template;
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

  /** What a definition comes to, whose bases have been extended. */
  function extendedOn(definition: Definition): Extended {
    let checks: ChecksSource = new Map();
    let budget: Extended["budget"];
    let height = 1;
    let incomplete = definition.extends && definition.bases.length === 0;
    for (const base of definition.bases) {
      const template = templateOf(base);
      const below = template && done.get(template);
      if (below === undefined || below.height > MAX_EXTENDS_DEPTH) {
        if (below !== undefined) findings.add(base.place, base.path, tooHigh(below.height));
        incomplete = true;
        continue;
      }
      checks = layered(checks, below.checks);
      if (below.budget !== undefined) budget = below.budget;
      height = Math.max(height, below.height + 1);
      incomplete ||= below.incomplete;
    }
    return {
      checks: layered(checks, definition.checks),
      budget: definition.budget === undefined ? budget : ownBudget(definition, findings),
      height,
      incomplete,
    };
  }

  /** Extends what it stands on first, without calling itself: a file may have thousands that stand on one another. */
  function extend(definition: Definition): Extended {
    const known = done.get(definition);
    if (known !== undefined) return known;
    const way = [{ definition, next: 0 }];
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const base = top.definition.bases[top.next++];
      if (base === undefined) {
        if (!done.has(top.definition)) done.set(top.definition, extendedOn(top.definition));
        open.delete(top.definition);
        way.pop();
        continue;
      }
      open.add(top.definition);
      const template = templateOf(base);
      if (template === undefined) {
        if (!someUnread && !templates.has(base.name)) findings.add(base.place, base.path, missing(base.name));
      } else if (open.has(template)) {
        const from = way.findIndex((step) => step.definition === template);
        const circle = [...way.slice(from).map((step) => step.definition), template].map(({ name }) => name);
        findings.add(base.place, base.path, `closes a circle of templates: ${circle.join(" → ")}`);
        circular.add(base);
      } else if (!done.has(template)) {
        way.push({ definition: template, next: 0 });
      }
    }
    return done.get(definition) ?? extendedOn(definition);
  }

  return { extend, isExtended: (template) => used.has(template) };
}

function tooHigh(templates: number): string {
  const most = `at most ${MAX_EXTENDS_DEPTH} may stand on one another; say in one what several do`;
  return `extends ${templates} templates, one by way of the other; ${most}`;
}

/** The budget that a definition names itself. `null`, written out, takes an inherited one away. */
function ownBudget({ budget, extends: extending }: Definition, findings: Findings): Extended["budget"] {
  if (!extending || budget?.kind !== "scalar" || budget.value !== null) return budget;
  if (budget.blank) {
    const takes = "it takes a map with maxActive, like {maxActive: 5}, or null to have none though a template has one";
    findings.add(budget.place, budget.path, `is blank; ${takes}`);
  }
  return null;
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
