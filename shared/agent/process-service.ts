import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { callerOf } from "../access/caller.ts";
import type { ScopeFilter } from "../access/scope-filter.ts";
import { addFault, type Fault, InvalidInput, LimitExceeded } from "../errors.ts";
import {
  type EBPFProcessProperties,
  type EBPFProcessService,
  EBPFReportProcessDownstreamSchema,
} from "../gen/ebpf/profiling/Process_pb.js";
import type { AgentRegistry } from "./agent-registry.ts";
import { NO_COMMANDS } from "./command.ts";
import { processIdOf } from "./process-id.ts";
import { watchedProcess } from "./watched-process.ts";

const MAX_AGENT_ID_BYTES = 1_024;
/** Most processes that one call may name. */
const MAX_PROCESSES = 10_000;

/** Gives agents the ids of their processes. Without them, an agent asks for no policy. */
export function createProcessService(options: {
  registry: Pick<AgentRegistry, "reported" | "keptAlive">;
  scopeFilter: ScopeFilter;
}): ServiceImpl<typeof EBPFProcessService> {
  const { registry, scopeFilter } = options;
  return {
    async reportProcesses({ ebpfAgentID, processes }, context) {
      checkCall(ebpfAgentID, processes, reportFault);
      const reported = processes.flatMap(({ metadata }) => {
        const { entity, pid = 0, properties = [] } = metadata.value ?? {};
        if (metadata.case === undefined || entity === undefined) return []; // checked above
        const kind = metadata.case === "hostProcess" ? ("host" as const) : ("k8s" as const);
        return { case: metadata.case, entity, watched: { ...watchedProcess(entity, properties), pid, kind } };
      });
      const watched = reported.map(({ watched }) => watched);
      const known = scopeFilter.inScope(callerOf(context), "reportProcesses", watched);
      await registry.reported(ebpfAgentID, known);
      return create(EBPFReportProcessDownstreamSchema, {
        // Every process, and nothing of it changed: an agent ignores for good what it cannot match. Of a service out of
        // scope too, which would else need its agent started anew once the scope is right; its id is no secret.
        processes: reported.map(({ case: kind, entity, watched: { pid } }) => ({
          processId: processIdOf(entity),
          process: { case: kind, value: { pid, entityMetadata: entity } },
        })),
      });
    },

    async keepAlive({ ebpfAgentID, processes }, context) {
      checkCall(ebpfAgentID, processes, ({ entityMetadata }) =>
        entityMetadata === undefined ? { path: "entityMetadata", problem: "is missing" } : undefined,
      );
      const alive = processes.flatMap(({ entityMetadata, properties }) =>
        entityMetadata === undefined ? [] : watchedProcess(entityMetadata, properties),
      );
      const known = scopeFilter.inScope(callerOf(context), "keepAlive", alive);
      await registry.keptAlive(ebpfAgentID, known);
      return NO_COMMANDS;
    },
  };
}

/** @throws InvalidInput with every fault, LimitExceeded for too many processes. */
function checkCall<T>(ebpfAgentID: string, processes: readonly T[], faultOf: (process: T) => Fault | undefined): void {
  if (processes.length > MAX_PROCESSES) {
    throw new LimitExceeded(`call names ${processes.length} processes; at most ${MAX_PROCESSES} fit into one`);
  }
  const faults: Fault[] = [];
  if (ebpfAgentID.trim() === "") {
    addFault(faults, { path: "ebpfAgentID", problem: "is missing" });
  } else if (Buffer.byteLength(ebpfAgentID) > MAX_AGENT_ID_BYTES) {
    addFault(faults, { path: "ebpfAgentID", problem: `is longer than ${MAX_AGENT_ID_BYTES} bytes` });
  }
  processes.forEach((process, index) => {
    const fault = faultOf(process);
    if (fault !== undefined) addFault(faults, { ...fault, path: `processes[${index}].${fault.path}` });
  });
  if (faults.length > 0) throw new InvalidInput("processes", faults);
}

/** Names are taken as they come, blank ones too: an id can be made of them. */
function reportFault({ metadata }: EBPFProcessProperties): Fault | undefined {
  if (metadata.case === undefined)
    return { path: "metadata", problem: "is missing; it takes hostProcess or k8sProcess" };
  return metadata.value.entity === undefined ? { path: `${metadata.case}.entity`, problem: "is missing" } : undefined;
}
