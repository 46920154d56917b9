import type { MessageInitShape } from "@bufbuild/protobuf";
import type { EBPFProcessEntityMetadataSchema } from "../../shared/gen/ebpf/profiling/Process_pb.js";

/** The process that the agent watches, as it names it to the backend. */
export interface DemoProcess {
  pid: number;
  serviceName: string;
  instanceName: string;
  processName: string;
}

/** What Rover calls processes that it finds on a plain machine. */
export const LAYER = "OS_LINUX";

/** What tells one process from another on the wire. */
export function entityOf({ serviceName, instanceName, processName }: DemoProcess) {
  const entity = { layer: LAYER, serviceName, instanceName, processName, labels: ["demo"] };
  return entity satisfies MessageInitShape<typeof EBPFProcessEntityMetadataSchema>;
}
