import type { EBPFProcessEntityMetadata } from "../gen/ebpf/profiling/Process_pb.js";

/** What a process is called. Several processes of one agent may share all four names. */
export interface ProcessNames {
  readonly layer: string;
  readonly serviceName: string;
  readonly instanceName: string;
  readonly processName: string;
}

/** A process that an agent watches. Fields are left out while nobody has said them. */
export interface WatchedProcess extends ProcessNames {
  readonly labels: readonly string[];
  readonly pid?: number;
  /** Found on a plain machine or in a Kubernetes pod. */
  readonly kind?: "host" | "k8s";
  /** Whether the agent can profile it. */
  readonly profilable?: boolean;
  /** When `pid` and `kind` were said last; milliseconds since the epoch. */
  readonly reportedAt?: number;
}

/** What is kept of names and labels; agents are answered in full all the same. */
const KEPT = { nameLength: 1_024, labels: 32, labelLength: 256 };

/** A name as it is kept: what agents send is bounded only by the size of a request. */
export function keptName(name: string): string {
  return cut(name, KEPT.nameLength);
}

/** A copy, where it is shorter: a slice would hold on to all of what it was cut from. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : Buffer.from(text.slice(0, length), "utf16le").toString("utf16le");
}

export function watchedProcess(
  entity: EBPFProcessEntityMetadata,
  properties: readonly { key: string; value: string }[],
): WatchedProcess {
  const support = properties.find(({ key }) => key === "support_ebpf_profiling");
  return {
    layer: keptName(entity.layer),
    serviceName: keptName(entity.serviceName),
    instanceName: keptName(entity.instanceName),
    processName: keptName(entity.processName),
    labels: entity.labels.slice(0, KEPT.labels).map((label) => cut(label, KEPT.labelLength)),
    ...(support !== undefined && { profilable: support.value === "true" }),
  };
}

/** The same for processes of the same names. */
export function namesKey({ layer, serviceName, instanceName, processName }: ProcessNames): string {
  return JSON.stringify([layer, serviceName, instanceName, processName]);
}
