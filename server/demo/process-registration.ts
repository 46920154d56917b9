import { create, equals } from "@bufbuild/protobuf";
import { EBPFProcessEntityMetadataSchema, EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { type DemoProcess, entityOf } from "./demo-process.ts";
import type { GrpcCaller } from "./grpc-caller.ts";

const PROPERTIES = [{ key: "support_ebpf_profiling", value: "true" }];

/**
 * Reports the process, as an agent does before anything else.
 * @returns the id that the backend knows it by.
 * @throws if the answer leaves it out or changes it: Rover would ignore the process for good.
 */
export async function reportProcess(
  caller: GrpcCaller,
  watched: DemoProcess,
  ebpfAgentID: string,
): Promise<{ processId: string }> {
  const { pid } = watched;
  const entity = create(EBPFProcessEntityMetadataSchema, entityOf(watched));
  const { processes } = await caller.call(EBPFProcessService.method.reportProcesses, {
    processes: [{ metadata: { case: "hostProcess", value: { entity, pid, properties: PROPERTIES } } }],
    ebpfAgentID,
  });
  const echoed = processes.find(({ process: { case: kind, value } }) => {
    if (kind !== "hostProcess" || value.pid !== pid || value.entityMetadata === undefined) return false;
    return equals(EBPFProcessEntityMetadataSchema, value.entityMetadata, entity);
  });
  if (echoed === undefined || echoed.processId === "") {
    throw new Error("the answer to reportProcesses does not name the process; an agent would ignore it for good");
  }
  return { processId: echoed.processId };
}

/** Says that the process is still there. */
export async function keepAlive(caller: GrpcCaller, watched: DemoProcess, ebpfAgentID: string): Promise<void> {
  await caller.call(EBPFProcessService.method.keepAlive, {
    processes: [{ entityMetadata: entityOf(watched), properties: PROPERTIES }],
    ebpfAgentID,
  });
}
