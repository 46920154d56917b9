import type { Check, PolicyContent } from "../policy.ts";
import type { CheckSource, Definition } from "./definition.ts";
import { type Definitions, readDocuments } from "./documents.ts";
import { createExtender, type Extended } from "./extend.ts";
import { createFindings, type PlacedFinding, type SourceFile } from "./findings.ts";
import { createJudge } from "./judge.ts";
import { createSourceReader } from "./source-value.ts";

/** A service, or a template, with what it comes to. */
export interface ReadDefinition {
  readonly definition: Definition;
  readonly extended: Extended;
  readonly content: PolicyContent;
}

/** All that files define. Where there are faults, it is what could be read. */
export interface ReadSet {
  readonly services: readonly ReadDefinition[];
  readonly templates: readonly ReadDefinition[];
  /** Whether anything extends that template. */
  isExtended(template: string): boolean;
  /** A check of the above that breaks no rule of policies. */
  soundCheck(source: CheckSource): Check | undefined;
  readonly faults: readonly PlacedFinding[];
}

/** Reads files as one set of services and templates: the one reader of policies in files. */
export function readSet(files: readonly SourceFile[], options: { someUnread?: boolean } = {}): ReadSet {
  const findings = createFindings();
  const reader = createSourceReader(findings);
  const definitions: Definitions = { services: new Map(), templates: new Map() };
  let { someUnread = false } = options;
  for (const file of files) {
    const roots = reader.read(file);
    if (roots === undefined) someUnread = true;
    else readDocuments(file, roots, definitions, findings);
  }
  const extender = createExtender(definitions.templates, findings, { someUnread });
  const judge = createJudge(findings);
  const readAll = (known: ReadonlyMap<string, Definition>): ReadDefinition[] =>
    [...known.values()].map((definition) => {
      const extended = extender.extend(definition);
      return { definition, extended, content: judge.contentOf(definition, extended) };
    });
  // Templates first: a fault of theirs is theirs, and what misses there is not judged anew with what fills it in.
  const templates = readAll(definitions.templates);
  const services = readAll(definitions.services);
  const { isExtended } = extender;
  return { services, templates, isExtended, soundCheck: judge.soundCheck, faults: findings.list(files) };
}
