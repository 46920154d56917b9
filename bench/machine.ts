import { cpus, release, totalmem, type } from "node:os";

/** What a run was measured on: figures of two machines are not comparable. */
export interface Machine {
  /** As the processor calls itself. */
  readonly processor: string;
  /** Those that this process may use. */
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** The version of Node. */
  readonly node: string;
}

export function thisMachine(): Machine {
  const all = cpus();
  return {
    processor: all[0]?.model.trim() || "unknown",
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 1_024 ** 3),
    system: `${type()} ${release().split("-")[0]}`,
    node: process.versions.node,
  };
}

/** The machine in words. */
export function machineText({ processor, cores, memoryGiB, system, node }: Machine): string {
  return `${cores} ${cores === 1 ? "core" : "cores"} (${processor}), ${memoryGiB} GiB of memory, ${system}, Node ${node}`;
}
