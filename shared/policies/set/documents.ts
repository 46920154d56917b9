import {
  DEFINITION_FIELDS,
  type Definition,
  POLICY_MISSING,
  readDefinition,
  refuseBadName,
  refuseUnknownFields,
} from "./definition.ts";
import type { Findings, SourceFile } from "./findings.ts";
import { placeText } from "./findings.ts";
import { foundText, pathTo, type SourceMap, type SourceValue } from "./source-value.ts";

/** Most services, and most templates, of a set. */
export const MAX_SERVICES = 20_000;

/** A document that holds many, or one. */
const MANY_FIELDS = ["services", "templates"];
const ONE_FIELDS = ["policy", "budget", "service", "extends"];
const DOCUMENT_FIELDS = [...ONE_FIELDS, ...MANY_FIELDS];

/** The services and templates of a set, by name. */
export interface Definitions {
  readonly services: Map<string, Definition>;
  readonly templates: Map<string, Definition>;
}

/**
 * Reads what the documents of one file define, and adds it to what others have.
 * Of two definitions of the same name the second one is a fault.
 */
export function readDocuments(
  file: SourceFile,
  roots: readonly SourceValue[],
  into: Definitions,
  findings: Findings,
): void {
  if (roots.length === 0) {
    findings.add({ file: file.name, line: 1, column: 1 }, "policy", POLICY_MISSING);
  }
  for (const root of roots) {
    if (root.kind !== "map") {
      findings.add(root.place, "policy", POLICY_MISSING);
      continue;
    }
    refuseUnknownFields(withoutSchema(root, findings), "a policy file", DOCUMENT_FIELDS, findings);
    if (MANY_FIELDS.some((name) => root.fields.has(name))) readMany(root, into, findings);
    else readOne(file, root, roots.length === 1, into, findings);
  }
}

/** A document without `$schema`, by which editors find the schema of a JSON file; there is nothing else to it. */
function withoutSchema(root: SourceMap, findings: Findings): SourceMap {
  const schema = root.fields.get("$schema");
  if (schema === undefined) return root;
  const { value } = schema;
  if (value.kind !== "scalar" || typeof value.value !== "string") {
    const takes = "it takes text, the path or address of the schema";
    findings.add(value.place, value.path, `${foundText(value)}; ${takes}`);
  }
  return { ...root, fields: new Map([...root.fields].filter(([name]) => name !== "$schema")) };
}

function readMany(root: SourceMap, into: Definitions, findings: Findings): void {
  for (const name of ONE_FIELDS) {
    const field = root.fields.get(name);
    if (field === undefined) continue;
    findings.add(field.value.place, field.value.path, "stands beside services or templates; put it into one of them");
  }
  for (const kind of ["service", "template"] as const) {
    const source = root.fields.get(`${kind}s`)?.value;
    if (source === undefined) continue;
    if (source.kind !== "map") {
      const takes = `it takes a map with an entry for each, like {NAME: {policy: […]}}`;
      findings.add(source.place, source.path, `${foundText(source)}; ${takes}`);
      continue;
    }
    for (const [name, { named, value }] of source.fields) {
      refuseBadName(name, named, value.path, findings);
      if (value.kind !== "map") {
        const problem = `${foundText(value)}; it takes a map with ${DEFINITION_FIELDS.join(", ")}`;
        findings.add(value.place, value.path, problem);
        continue;
      }
      refuseUnknownFields(value, `a ${kind}`, DEFINITION_FIELDS, findings);
      addDefinition(readDefinition(value, { kind, name, place: named }, findings), into, findings);
    }
  }
}

function readOne(file: SourceFile, root: SourceMap, alone: boolean, into: Definitions, findings: Findings): void {
  const name = serviceOf(file, root, alone, findings);
  const definition = readDefinition(root, { kind: "service", name: name ?? "", place: root.place }, findings);
  // Without a name it is read for its faults alone: there is one for the name.
  if (name !== undefined) addDefinition(definition, into, findings);
}

/** The service that a document with one policy is for; undefined, with a fault, if nothing says so. */
function serviceOf(file: SourceFile, root: SourceMap, alone: boolean, findings: Findings): string | undefined {
  const field = root.fields.get("service");
  if (field !== undefined) {
    const { value } = field;
    if (value.kind === "scalar" && typeof value.value === "string") {
      refuseBadName(value.value, value.place, value.path, findings);
      return value.value;
    }
    findings.add(value.place, value.path, `${foundText(value)}; it takes the name of a service as text`);
    return undefined;
  }
  if (typeof file.service === "string") return file.service;
  if (file.service === null || !alone) {
    const why = alone ? "no file's name says which service this is for" : "the file holds several documents";
    findings.add(root.place, pathTo(root.path, "service"), `is missing; ${why}, so add service: NAME`);
    return undefined;
  }
  const name = file.name.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  refuseBadName(name, root.place, "service", findings);
  return name;
}

function addDefinition(definition: Definition, { services, templates }: Definitions, findings: Findings): void {
  const { kind, name, place, path } = definition;
  const known = kind === "service" ? services : templates;
  const first = known.get(name);
  if (first !== undefined) {
    const problem = `defines the ${kind} ${name} a second time; the first is at ${placeText(first.place)}`;
    findings.add(place, path, problem);
  } else if (known.size === MAX_SERVICES) {
    findings.add(place, path, `is one ${kind} too many; a set holds ${MAX_SERVICES}`);
  } else {
    known.set(name, definition);
  }
}
