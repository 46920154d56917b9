import { type Document, LineCounter, parseDocument } from "yaml";
import { errorText, type Fault } from "../errors.ts";
import {
  type Check,
  isMonitorType,
  isTarget,
  MONITOR_TYPES,
  type PolicyContent,
  TARGETS,
  type TargetChecks,
} from "./policy.ts";
import {
  contentOf,
  isRecord,
  type Validated,
  validateBudget,
  validateCheck,
  validatedSize,
} from "./validate-policy.ts";

/** A fault in a file, with the place to look at; both count from 1. */
export interface FileFault extends Fault {
  line: number;
  column: number;
}

export type ParsedPolicyFile = ({ ok: true } & PolicyContent) | { ok: false; faults: FileFault[] };

/** Largest policy file in bytes: the largest policy, with room for comments and white space. */
export const MAX_POLICY_FILE_BYTES = 1_024 * 1_024;

const CHECKER_FIELDS = ["type", "threshold", "period", "count", "uriList", "uriRegex"];
type Path = (string | number)[];

/**
 * Reads a policy file: the YAML that SkyWalking's `swctl` takes, or the same as JSON.
 * `policy: [{type: ON_CPU, checkers: [{type: PROCESS_CPU, threshold: 80, period: 10, count: 3}]}]`, and beside it
 * `budget: {maxActive: 5}`, which is Flashpoint's own.
 */
export function parsePolicyFile(text: string): ParsedPolicyFile {
  const lines = new LineCounter();

  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error", // a key that is no text is a fault here, and nothing to tell on standard error too
  });
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    return {
      ok: false,
      faults: syntax.map(({ message, pos }) => ({ path: "", problem: message, ...placeOf(lines, pos[0]) })),
    };
  }
  // Few aliases: a file of a few lines must not open up to gigabytes.
  const validated = validatedContent(() => document.toJS({ maxAliasCount: 100 }));
  if (validated.ok) return { ok: true, ...validated.value };
  const faults = validated.faults.map((fault) => ({ ...fault, ...placeOf(lines, offsetOf(document, fault.path)) }));
  return { ok: false, faults: faults.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** Where the field of that path stands; a missing field is shown at what should hold it. */
function offsetOf(document: Document.Parsed, path: string): number {
  const keys = keysOf(path);
  let node = document.getIn(keys, true);
  while (node === undefined && keys.length > 0) {
    keys.pop();
    node = document.getIn(keys, true);
  }
  return rangeStart(node);
}

/** Writes a policy as a file that `parsePolicyFile` reads back. The shape, not the text: format it as YAML or JSON. */
export function policyFileOf({ targets, budget }: PolicyContent): { policy: object[]; budget?: object } {
  return {
    ...(budget && { budget }),
    policy: Object.entries(targets).map(([target, checks]) => ({
      type: target,
      checkers: Object.entries(checks).map(([type, { threshold, period, count, uriList, uriRegex }]) => ({
        type,
        threshold,
        period,
        count,
        ...(uriList.length > 0 && { uriList }),
        ...(uriRegex !== "" && { uriRegex }),
      })),
    })),
  };
}

function validatedContent(read: () => unknown): Validated<PolicyContent> {
  let content: unknown;
  try {
    content = read();
  } catch (error) {
    return { ok: false, faults: [{ path: "", problem: errorText(error) }] };
  }
  const faults: Fault[] = [];
  const policy = isRecord(content) ? content.policy : undefined;
  if (!Array.isArray(policy) || policy.length === 0) {
    const problem = "is missing; it takes a list with an entry for each target, like [{type: ON_CPU, checkers: […]}]";
    return { ok: false, faults: [{ path: "policy", problem }] };
  }
  for (const field of Object.keys(content as object)) {
    if (field === "policy" || field === "budget") continue;
    faults.push({ path: field, problem: "is no field of a policy file; it takes policy and budget" });
  }
  const targets: { [target: string]: TargetChecks } = {};
  policy.forEach((entry: unknown, index) => {
    const path = `policy[${index}]`;
    if (!isRecord(entry)) {
      faults.push({ path, problem: "is no target; it takes type and checkers" });
      return;
    }
    for (const field of Object.keys(entry)) {
      if (field === "type" || field === "checkers") continue;
      faults.push({ path: `${path}.${field}`, problem: "is no field of a target; it takes type and checkers" });
    }
    const target = typeof entry.type === "string" ? entry.type : "";
    if (!isTarget(target)) {
      faults.push({ path: `${path}.type`, problem: `is no target; it takes one of ${TARGETS.join(", ")}` });
    } else if (targets[target] !== undefined) {
      faults.push({ path: `${path}.type`, problem: `${target} stands here twice; put its checkers into one entry` });
    }
    targets[target] = checkersOf(entry.checkers, `${path}.checkers`, faults);
  });
  const budget = validateBudget((content as { budget?: unknown }).budget, faults);
  const sized = validatedSize(targets, faults, "policy");
  return sized.ok ? { ok: true, value: contentOf(sized.value, budget) } : sized;
}

function checkersOf(checkers: unknown, path: string, faults: Fault[]): TargetChecks {
  if (!Array.isArray(checkers) || checkers.length === 0) {
    faults.push({ path, problem: "is missing; it takes a list with at least one checker" });
    return {};
  }
  const checks: { [type: string]: Check } = {};
  checkers.forEach((checker: unknown, index) => {
    const checkerPath = `${path}[${index}]`;
    if (!isRecord(checker)) {
      faults.push({ path: checkerPath, problem: "is no checker; it takes type, threshold, period and count" });
      return;
    }
    const type = typeof checker.type === "string" ? checker.type : "";
    if (!isMonitorType(type)) {
      const problem = `is no monitor type; it takes one of ${MONITOR_TYPES.join(", ")}`;
      faults.push({ path: `${checkerPath}.type`, problem });
      return;
    }
    if (checks[type] !== undefined) {
      faults.push({ path: `${checkerPath}.type`, problem: `${type} stands here twice; an agent keeps one of a kind` });
    }
    checks[type] = validateCheck(type, checker, checkerPath, faults, CHECKER_FIELDS);
  });
  return checks;
}

/** `policy[0].checkers[1].count` as the keys to walk. */
function keysOf(path: string): Path {
  return [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
}

function placeOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function rangeStart(node: unknown): number {
  const range = isRecord(node) ? node.range : undefined;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : 0;
}
