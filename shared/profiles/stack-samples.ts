import { type Fault, InvalidInput } from "../errors.ts";
import type {
  EBPFProfilingData,
  EBPFProfilingStackMetadata,
  EBPFProfilingTaskMetadata,
} from "../gen/ebpf/profiling/Profile_pb.js";

/** What was counted at one stack. */
export interface StackSample {
  /** The same object for all samples of one task in a row. */
  task: EBPFProfilingTaskMetadata;
  target: "ON_CPU" | "OFF_CPU";
  stacks: readonly EBPFProfilingStackMetadata[];
  /** Samples taken, or times that the process left the CPU. */
  count: number;
  /** For OFF_CPU: how long it stayed away in all. */
  nanos?: bigint;
}

/** Longest task and process id. */
const MAX_ID_BYTES = 256;
/** The end of what pprof holds, whose times are nanoseconds in 64 bits: the year 2262. */
const MAX_EPOCH_MS = 9_223_372_036_854n;

/**
 * Reads a stream of stacks. The task stands only on the first message of each task and holds for those after it.
 * Messages that count nothing are passed over.
 * @throws InvalidInput for a stream that starts without a task, or values that cannot be.
 */
export async function* readSamples(stream: AsyncIterable<EBPFProfilingData>): AsyncIterable<StackSample> {
  let task: EBPFProfilingTaskMetadata | undefined;
  for await (const message of stream) {
    if (message.task !== undefined && !isSameTask(message.task, task)) task = validTask(message.task);
    if (task === undefined) {
      throw new InvalidInput("stream", [{ path: "task", problem: "is missing; the first message names its task" }]);
    }
    const { profiling } = message;
    if (profiling.case === "onCPU") {
      const { stacks, dumpCount } = profiling.value;
      if (isCounted({ "onCPU.dumpCount": dumpCount })) yield { task, target: "ON_CPU", stacks, count: dumpCount };
    } else if (profiling.case === "offCPU") {
      const { stacks, switchCount, duration } = profiling.value;
      if (!isCounted({ "offCPU.switchCount": switchCount, "offCPU.duration": duration })) continue;
      yield { task, target: "OFF_CPU", stacks, count: switchCount, nanos: duration };
    }
  }
}

/** Whether any of the values is over zero. @throws InvalidInput if one is below. */
function isCounted(values: Record<string, number | bigint>): boolean {
  const faults = Object.entries(values)
    .filter(([, value]) => value < 0)
    .map(([path, value]): Fault => ({ path, problem: `is ${value}; it takes 0 or more` }));
  if (faults.length > 0) throw new InvalidInput("stream", faults);
  return Object.values(values).some((value) => value > 0);
}

function isSameTask(task: EBPFProfilingTaskMetadata, other: EBPFProfilingTaskMetadata | undefined): boolean {
  return task.taskId === other?.taskId && task.processId === other.processId;
}

function validTask(task: EBPFProfilingTaskMetadata): EBPFProfilingTaskMetadata {
  const faults: Fault[] = [];
  if (task.taskId === "") faults.push({ path: "task.taskId", problem: "is missing" });
  for (const field of ["taskId", "processId"] as const) {
    if (Buffer.byteLength(task[field]) <= MAX_ID_BYTES) continue;
    faults.push({ path: `task.${field}`, problem: `is too long; it takes up to ${MAX_ID_BYTES} bytes` });
  }
  for (const field of ["profilingStartTime", "currentTime"] as const) {
    if (task[field] >= 0n && task[field] <= MAX_EPOCH_MS) continue;
    faults.push({ path: `task.${field}`, problem: `is ${task[field]}; it takes milliseconds since the epoch` });
  }
  if (faults.length > 0) throw new InvalidInput("stream", faults);
  return task;
}
