import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  EBPFProfilingDataSchema,
  EBPFProfilingTaskMetadataSchema,
} from "../../shared/gen/ebpf/profiling/Profile_pb.js";

/** A message of a stream of stacks. */
export type StackMessage = Extract<MessageInitShape<typeof EBPFProfilingDataSchema>, { $typeName?: never }>;
type Task = Extract<MessageInitShape<typeof EBPFProfilingTaskMetadataSchema>, { $typeName?: never }>;

/** Samples at one stack of the process. */
export function onCpu(dumpCount: number, ...stackSymbols: string[]): StackMessage {
  return { profiling: { case: "onCPU", value: { dumpCount, stacks: [{ stackType: 1, stackSymbols }] } } };
}

export function offCpu(switchCount: number, duration: bigint, ...stackSymbols: string[]): StackMessage {
  return { profiling: { case: "offCPU", value: { switchCount, duration, stacks: [{ stackType: 1, stackSymbols }] } } };
}

/** What an agent sends of one task in one flush: the task stands on the first message alone. */
export function flushOf(
  taskId: string,
  [first = {}, ...others]: readonly StackMessage[],
  task: Task = {},
): StackMessage[] {
  return [{ ...first, task: { taskId, processId: `process of ${taskId}`, ...task } }, ...others];
}
