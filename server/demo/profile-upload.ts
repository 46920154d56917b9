import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type EBPFProfilingDataSchema,
  EBPFProfilingService,
  EBPFProfilingStackType,
} from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { attempt, type LoopOptions, pauseUntil } from "./agent-loop.ts";
import { type CountedStack, samplesIn } from "./counted-stack.ts";
import { cpuProfileStacks } from "./cpu-profile-stacks.ts";
import type { GrpcCaller } from "./grpc-caller.ts";
import type { NodeProfiler } from "./node-profiler.ts";

/** What the agent profiles for. */
export interface RunningTask {
  taskId: string;
  processId: string;
  durationSeconds: number;
}

/** What went up in one stream. */
export interface Flush {
  samples: number;
  stacks: number;
}

export const FLUSH_MS = 5_000;

/**
 * Profiles for as long as the task says, and uploads every five seconds what was sampled since. What a failed call
 * carried is lost, as with Rover, whose kernel maps are empty by then.
 */
export async function profileForTask(
  task: RunningTask,
  options: LoopOptions & { caller: GrpcCaller; profiler: NodeProfiler; onFlush: (flush: Flush) => void },
): Promise<void> {
  const { caller, profiler, signal, onFlush } = options;
  const startedAt = Date.now();
  const start = performance.now();
  const end = start + task.durationSeconds * 1_000;
  await profiler.start();
  for (let due = start; due < end; ) {
    due = Math.min(due + FLUSH_MS, end);
    await pauseUntil(due, signal);
    if (signal.aborted) return;
    const stacks = cpuProfileStacks(await profiler.flush());
    const messages = profileMessages({ ...task, startedAt, flushedAt: Date.now() }, stacks);
    await attempt(async () => {
      await caller.stream(EBPFProfilingService.method.collectProfilingData, messages);
      onFlush({ samples: samplesIn(stacks), stacks: stacks.length });
    }, options);
  }
}

/** One message a stack; only the first says for which task, and without stacks there is none. Times in epoch ms. */
export function profileMessages(
  task: Pick<RunningTask, "taskId" | "processId"> & { startedAt: number; flushedAt: number },
  stacks: readonly CountedStack[],
): MessageInitShape<typeof EBPFProfilingDataSchema>[] {
  const { taskId, processId, startedAt, flushedAt } = task;
  const metadata = { taskId, processId, profilingStartTime: BigInt(startedAt), currentTime: BigInt(flushedAt) };
  return stacks.map(({ symbols, count }, index) => ({
    ...(index === 0 && { task: metadata }),
    profiling: {
      case: "onCPU",
      value: {
        stacks: [
          { stackType: EBPFProfilingStackType.PROCESS_USER_SPACE, stackId: index + 1, stackSymbols: [...symbols] },
        ],
        dumpCount: count,
      },
    },
  }));
}
