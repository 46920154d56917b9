import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { errorText, type Fault, InvalidInput } from "../../errors.ts";
import { isServiceName, type PolicyContent } from "../policy.ts";
import type { TableIdentity } from "../policy-table.ts";
import { comparedPart, seenPolicy } from "../seen-policy.ts";
import { isRecord, validatePolicy } from "../validate-policy.ts";
import { type PlannedChange, type PolicyPlan, plannedChange } from "./policy-plan.ts";

const FORMAT = "flashpoint policy plan";
/** Counts changes of the format; a plan is short-lived, so only its own version is read. */
const VERSION = 1;
const NO_CHANGE = "is no change of this version; make the plan again";

/** Largest file of a plan that is read, in bytes: 2,000 policies have about two million. */
export const MAX_PLAN_BYTES = 256 * 1_024 * 1_024;

/** Writes a plan as text, with what was seen of each policy and of which table. */
export function savePlan(plan: PolicyPlan, table: TableIdentity, createdAt: string): string {
  const changes = plan.changes.map(({ serviceName, seen, content }) => ({
    serviceName,
    seen: seen === undefined ? null : plainItem(comparedPart(seen.raw)),
    content: content ?? null,
  }));
  const { unchanged, leftAlone } = plan;
  return `${JSON.stringify({ format: FORMAT, version: VERSION, createdAt, table, changes, unchanged, leftAlone }, null, 2)}\n`;
}

/**
 * Reads what `savePlan` wrote.
 * @throws InvalidInput if it is no plan, or one of another table than this.
 */
export function readPlan(text: string, name: string, table: TableIdentity): PolicyPlan {
  const refuse = (problem: string, path = ""): never => {
    throw new InvalidInput(name, [{ path, problem }]);
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse(`is no plan of \`policies plan --out\`: ${errorText(error)}`);
  }
  if (!isRecord(json) || json.format !== FORMAT) return refuse("is no plan of `policies plan --out`");
  if (json.version !== VERSION)
    return refuse(`is a plan of another version of Flashpoint (${json.version}); plan again`);
  const of = isRecord(json.table) ? json.table : {};
  if (of.arn !== table.arn || of.id !== table.id) {
    return refuse(`is a plan for ${of.arn} (${of.id}), and this is ${table.arn} (${table.id}); plan again`);
  }
  if (!Array.isArray(json.changes)) return refuse("is missing; plan again", "changes");
  const faults: Fault[] = [];
  const names = new Set<string>();
  const changes = json.changes.flatMap((change: unknown, index) => {
    const path = `changes[${index}]`;
    const read = readChange(change, path, faults);
    if (read === undefined) return [];
    if (names.has(read.serviceName)) {
      faults.push({ path, problem: `is the second change of ${read.serviceName}; make the plan again` });
    }
    names.add(read.serviceName);
    return [read];
  });
  if (faults.length > 0) throw new InvalidInput(name, faults);
  const { unchanged, leftAlone } = json;
  return {
    changes,
    unchanged: typeof unchanged === "number" ? unchanged : 0,
    leftAlone: Array.isArray(leftAlone) ? leftAlone.map(String) : [],
  };
}

function readChange(change: unknown, path: string, faults: Fault[]): PlannedChange | undefined {
  const { serviceName, seen, content } = isRecord(change) ? change : {};
  if (typeof serviceName !== "string" || !isServiceName(serviceName) || (seen !== null && !isRecord(seen))) {
    faults.push({ path, problem: NO_CHANGE });
    return undefined;
  }
  let desired: PolicyContent | undefined;
  if (content !== null) {
    const valid = validatePolicy(isRecord(content) ? content : {});
    if (!valid.ok) {
      faults.push(...valid.faults.map((fault) => ({ ...fault, path: `${path}.content.${fault.path}` })));
      return undefined;
    }
    desired = valid.value;
  }
  try {
    const item = seen === null ? undefined : seenPolicy({ ...rawItem(seen), serviceName: { S: serviceName } });
    return plannedChange({ serviceName, seen: item, content: desired });
  } catch {
    faults.push({ path: `${path}.seen`, problem: NO_CHANGE });
    return undefined;
  }
}

/** Bytes have no form of their own in JSON: they stand there as DynamoDB itself writes them, in base64. */
function plainItem(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plainItem);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainItem(inner)]));
}

function rawItem(item: Record<string, unknown>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, rawValue(value)]));
}

/** @throws an Error if that is nothing that DynamoDB holds. */
function rawValue(value: unknown): AttributeValue {
  const [[type, held] = [], another] = isRecord(value) ? Object.entries(value) : [];
  if (type !== undefined && another === undefined) {
    if (type === "B" && typeof held === "string") return { B: bytesOf(held) };
    if (type === "BS" && isTexts(held)) return { BS: held.map(bytesOf) };
    if (type === "M" && isRecord(held)) return { M: rawItem(held) };
    if (type === "L" && Array.isArray(held)) return { L: held.map(rawValue) };
    const isPlain =
      ((type === "S" || type === "N") && typeof held === "string") ||
      ((type === "SS" || type === "NS") && isTexts(held)) ||
      (type === "BOOL" && typeof held === "boolean") ||
      (type === "NULL" && held === true);
    if (isPlain) return value as AttributeValue;
  }
  throw new Error("is no attribute value");
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
