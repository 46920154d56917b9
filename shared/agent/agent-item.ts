import { gunzipSync, gzipSync } from "node:zlib";
import { isMonitorType } from "../policies/policy.ts";
import type { LatestValue } from "./measured-values.ts";
import type { WatchedProcess } from "./watched-process.ts";

/** A process with what was measured of it when it was stored. */
export interface StoredProcess extends WatchedProcess {
  readonly values: readonly LatestValue[];
}

/** What is stored of an agent. */
export interface StoredAgent {
  readonly agentId: string;
  /** When the agent was heard last, as of the write; ISO 8601. */
  readonly seenAt: string;
  /** How often it may be written; see write-budget.ts. Left out for as often as that allows. */
  readonly budgetFullAt?: number;
  readonly processes: readonly StoredProcess[];
}

/** One part of an agent in DynamoDB, which anybody may have edited by hand: nothing but the key is certain. */
export type AgentItem = { agentId: string; part: string } & Record<string, unknown>;

/** The part that every agent has. */
export const FIRST_PART = "0";

/** DynamoDB takes items up to 400 KB; a part stays well below, and opens to no more than this. */
const PART_BYTES = { packed: 300_000, open: 4 * 1_024 * 1_024 };
const TTL_SECONDS = 48 * 3_600;

/**
 * What is stored for an agent: its processes as gzipped JSON, on as many parts as they need. The parts of one write
 * carry the same `seenAt`. Processes are within the bounds of watched-process.ts, so that one always fits.
 */
export function writeAgentItems({ agentId, seenAt, budgetFullAt, processes }: StoredAgent): AgentItem[] {
  const expiresAt = Math.ceil(Date.parse(seenAt) / 1_000) + TTL_SECONDS;
  const packed = pack(processes);
  return packed.map((part, index) => ({
    agentId,
    part: String(index),
    seenAt,
    ...(budgetFullAt !== undefined && { budgetFullAt }),
    processCount: processes.length,
    processes: part,
    expiresAt,
  }));
}

/**
 * Puts an agent together from its parts, in whatever order. Parts that have expired, that a hand has broken or that are
 * left of another write are passed over.
 * @returns undefined if nothing is left.
 */
export function readAgentItems(items: readonly AgentItem[], now: number): StoredAgent | undefined {
  const readable = items.flatMap((item) => readPart(item, now) ?? []).sort((a, b) => a.part - b.part);
  const [first] = readable;
  if (first === undefined) return undefined;
  const { part, processes, ...agent } = first;
  return { ...agent, processes: readable.flatMap((part) => (part.seenAt === agent.seenAt ? part.processes : [])) };
}

function pack(processes: readonly StoredProcess[]): Uint8Array[] {
  const json = Buffer.from(JSON.stringify(processes));
  if (json.length <= PART_BYTES.open || processes.length <= 1) {
    const packed = gzipSync(json);
    if (packed.length <= PART_BYTES.packed || processes.length <= 1) return [packed];
  }
  const middle = processes.length >> 1;
  return [...pack(processes.slice(0, middle)), ...pack(processes.slice(middle))];
}

type Part = StoredAgent & { part: number };

function readPart(item: AgentItem, now: number): Part | undefined {
  const { agentId, part, seenAt, budgetFullAt, expiresAt, processes } = item;
  if (!/^\d{1,6}$/.test(part) || typeof seenAt !== "string" || Number.isNaN(Date.parse(seenAt))) return undefined;
  // DynamoDB deletes what has expired up to days later.
  if (typeof expiresAt !== "number" || expiresAt * 1_000 <= now) return undefined;
  if (!(processes instanceof Uint8Array)) return undefined;
  try {
    const json: unknown = JSON.parse(gunzipSync(processes, { maxOutputLength: PART_BYTES.open }).toString());
    if (!Array.isArray(json)) return undefined;
    return {
      agentId,
      part: Number(part),
      seenAt,
      ...(typeof budgetFullAt === "number" && { budgetFullAt }),
      processes: json.flatMap((process) => readProcess(process) ?? []),
    };
  } catch {
    return undefined;
  }
}

type Unsure<T> = { [key in keyof T]?: unknown };

function readProcess(json: Unsure<StoredProcess> | null): StoredProcess | undefined {
  const { layer, serviceName, instanceName, processName, labels, pid, kind, profilable, reportedAt, values } =
    json ?? {};
  if (!isText(layer) || !isText(serviceName) || !isText(instanceName) || !isText(processName)) return undefined;
  return {
    layer,
    serviceName,
    instanceName,
    processName,
    labels: Array.isArray(labels) ? labels.filter(isText) : [],
    ...(typeof pid === "number" && { pid }),
    ...((kind === "host" || kind === "k8s") && { kind }),
    ...(typeof profilable === "boolean" && { profilable }),
    ...(typeof reportedAt === "number" && { reportedAt }),
    values: Array.isArray(values) ? values.flatMap((value) => readValue(value) ?? []) : [],
  };
}

function readValue(json: Unsure<LatestValue> | null): LatestValue | undefined {
  const { type, uri, value, at } = json ?? {};
  if (!isText(type) || !isMonitorType(type) || !isText(uri) || typeof value !== "number" || !isText(at))
    return undefined;
  return { type, uri, value, at };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
