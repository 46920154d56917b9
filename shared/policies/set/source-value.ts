import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
} from "yaml";
import { errorText } from "../../errors.ts";
import type { Findings, Place, SourceFile } from "./findings.ts";

/** A value of a file, with where it stands and how to get there, like `services.checkout.policy[0]`. */
export type SourceValue = SourceMap | SourceList | SourceScalar;

export interface SourceMap {
  readonly kind: "map";
  readonly place: Place;
  readonly path: string;
  readonly fields: ReadonlyMap<string, SourceField>;
}

export interface SourceField {
  /** Where its name stands. */
  readonly named: Place;
  readonly value: SourceValue;
}

export interface SourceList {
  readonly kind: "list";
  readonly place: Place;
  readonly path: string;
  readonly items: readonly SourceValue[];
}

export interface SourceScalar {
  readonly kind: "scalar";
  readonly place: Place;
  readonly path: string;
  readonly value: unknown;
  /** Nothing is written there, not even null. */
  readonly blank: boolean;
}

/** Deepest nesting: a policy needs eight. */
export const MAX_DEPTH = 32;
const TOO_DEEP = `is nested over ${MAX_DEPTH} levels deep; a policy needs eight`;
/** What the parser says where nesting takes all of the stack, before depth is looked at here. */
const OUT_OF_STACK = /^Maximum call stack size exceeded|: Stack overflow$/;
/** Most values of a set that aliases and merge keys repeat: a few lines of them must not open up to gigabytes. */
export const MAX_ALIASED_VALUES = 200_000;
/** Longest name in a path. */
const MAX_NAME = 64;

/** Ends the reading of a document. */
class Unreadable extends Error {
  readonly place: Place;
  constructor(place: Place, problem: string) {
    super(problem);
    this.place = place;
  }
}

/** Reads the documents of files: YAML 1.2, JSON with it, and YAML's merge key. */
export interface SourceReader {
  /**
   * The roots of a file's documents, without those that say nothing; undefined if it has faults of syntax.
   * Faults go to the findings that the reader was made with.
   */
  read(file: SourceFile): SourceValue[] | undefined;
}

export function createSourceReader(findings: Findings): SourceReader {
  let aliased = 0;

  function read({ name: file, text }: SourceFile): SourceValue[] | undefined {
    const lines = new LineCounter();
    const at = (offset: number): Place => {
      const { line, col } = lines.linePos(offset);
      return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
    };
    try {
      const documents = documentsOf(text, lines);
      const syntax = documents.flatMap((document) => [...document.errors, ...document.warnings]);
      for (const { message, pos } of syntax) findings.add(at(pos[0]), "", syntaxText(message));
      if (syntax.length > 0) return undefined;
      return documents.flatMap((document) => {
        const root = document.contents === null ? undefined : rootOf(document, document.contents, at);
        return root === undefined || (root.kind === "scalar" && root.value === null) ? [] : [root];
      });
    } catch (error) {
      const place = error instanceof Unreadable ? error.place : at(0);
      findings.add(place, "", syntaxText(errorText(error)));
      return undefined;
    }
  }

  function rootOf(document: Document.Parsed, contents: Node, at: (offset: number) => Place): SourceValue {
    const anchors = new Map<string, Node>();
    const targets = new Map<Node, Node>();
    const open = new Set<Node>();

    /** @param through the place of the alias that this stands for; what it repeats is shown there. */
    function sourceOf(
      node: Node | null,
      path: string,
      depth: number,
      through: Place | undefined,
      near: Place,
    ): SourceValue {
      const place = through ?? (node?.range ? at(node.range[0]) : near);
      if (node === null) return { kind: "scalar", place, path, value: null, blank: true };
      if (depth > MAX_DEPTH) throw new Unreadable(place, TOO_DEEP);
      if (through !== undefined && ++aliased > MAX_ALIASED_VALUES) {
        const problem = `aliases repeat over ${MAX_ALIASED_VALUES} values; say it once under templates, and extend that`;
        throw new Unreadable(place, problem);
      }
      if (isAlias(node)) {
        const target = targets.get(node) ?? anchors.get(node.source);
        if (target === undefined) throw new Unreadable(place, `*${node.source} is an alias of nothing`);
        if (open.has(target))
          throw new Unreadable(place, `*${node.source} is an alias of something that it is part of`);
        targets.set(node, target);
        return sourceOf(target, path, depth + 1, place, place);
      }
      if (isScalar(node)) {
        if (node.anchor !== undefined && through === undefined) anchors.set(node.anchor, node);
        const blank = node.value === null && (node.source ?? "") === "";
        return { kind: "scalar", place, path, value: node.value, blank };
      }
      if (node.anchor !== undefined && through === undefined) anchors.set(node.anchor, node);
      open.add(node);
      try {
        if (isSeq(node)) {
          const items = node.items.map((item, index) =>
            sourceOf(item as Node | null, `${path}[${index}]`, depth + 1, through, place),
          );
          return { kind: "list", place, path, items };
        }
        if (isMap(node)) return { kind: "map", place, path, fields: fieldsOf(node, path, depth, through, place) };
      } finally {
        open.delete(node);
      }
      throw new Unreadable(place, "is nothing that a policy file may hold");
    }

    function fieldsOf(
      node: { items: readonly { key: unknown; value: unknown }[] },
      path: string,
      depth: number,
      through: Place | undefined,
      near: Place,
    ): Map<string, SourceField> {
      const fields = new Map<string, SourceField>();
      const merged: SourceValue[] = [];
      for (const { key, value } of node.items) {
        if (!isScalar(key)) throw new Unreadable(near, "holds a name that is no text");
        const named = through ?? (key.range ? at(key.range[0]) : near);
        const isMerge = key.value === "<<" && key.type === Scalar.PLAIN;
        const name = typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
        const fieldPath = pathTo(path, name);
        const read = sourceOf(value as Node | null, fieldPath, depth + 1, through, named);
        if (isMerge) merged.push(...(read.kind === "list" ? read.items : [read]));
        else if (!fields.has(name)) fields.set(name, { named, value: read });
        else {
          const { line, column } = fields.get(name)?.named ?? named;
          findings.add(named, fieldPath, `stands here twice; first in line ${line}, column ${column}`);
        }
      }
      for (const source of merged) {
        if (source.kind !== "map") throw new Unreadable(source.place, "<< takes a map, or a list of maps");
        for (const [name, field] of source.fields) if (!fields.has(name)) fields.set(name, field);
      }
      return fields;
    }

    return sourceOf(contents, "", 0, undefined, at(document.range[0]));
  }

  return { read };
}

function syntaxText(message: string): string {
  return OUT_OF_STACK.test(message) ? TOO_DEEP : message;
}

function documentsOf(text: string, lineCounter: LineCounter): Document.Parsed[] {
  const documents = parseAllDocuments(text, {
    lineCounter,
    prettyErrors: false,
    logLevel: "error", // a key that is no text is a fault here, and nothing to tell on standard error too
    uniqueKeys: false, // compares each key with all others; found by a map above
  });
  return Array.isArray(documents) ? documents : [];
}

/** The path of a field; a name that is no word stands in brackets. */
export function pathTo(path: string, name: string): string {
  const shown = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
  if (!/^[\p{L}\p{N}_$-]+$/u.test(shown)) return `${path}[${JSON.stringify(shown)}]`;
  return path === "" ? shown : `${path}.${shown}`;
}

/** The value as JavaScript has it. */
export function plainValue(value: SourceValue): unknown {
  if (value.kind === "scalar") return value.value;
  if (value.kind === "list") return value.items.map(plainValue);
  return Object.fromEntries([...value.fields].map(([name, field]) => [name, plainValue(field.value)]));
}

/** What somebody finds there instead of what should be there, like `is a list`. */
export function foundText(value: SourceValue): string {
  if (value.kind !== "scalar") return `is a ${value.kind}`;
  if (value.value === null) return "is blank";
  return `is ${typeof value.value === "string" ? JSON.stringify(value.value.slice(0, MAX_NAME)) : String(value.value)}`;
}
