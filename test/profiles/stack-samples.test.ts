import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it, test } from "vitest";
import { InvalidInput } from "../../shared/errors.ts";
import { EBPFProfilingDataSchema } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { readSamples, type StackSample } from "../../shared/profiles/stack-samples.ts";

type Message = Extract<MessageInitShape<typeof EBPFProfilingDataSchema>, { $typeName?: never }>;

const CHECKOUT = { taskId: "task-1", processId: "process-1", profilingStartTime: 1_000n, currentTime: 6_000n };
const PAYMENTS = { taskId: "task-2", processId: "process-2", profilingStartTime: 2_000n, currentTime: 7_000n };

const onCpu = (dumpCount: number, ...stackSymbols: string[]): Message => ({
  profiling: { case: "onCPU", value: { dumpCount, stacks: [{ stackType: 1, stackSymbols }] } },
});
const offCpu = (switchCount: number, duration: bigint): Message => ({
  profiling: { case: "offCPU", value: { switchCount, duration, stacks: [] } },
});

async function* streamOf(messages: readonly Message[]) {
  for (const message of messages) yield create(EBPFProfilingDataSchema, message);
}

const samplesOf = (...messages: Message[]): Promise<StackSample[]> => Array.fromAsync(readSamples(streamOf(messages)));

/** Who was sampled how often. */
const counted = (samples: readonly StackSample[]) => samples.map(({ task, count }) => [task.taskId, count]);

/** The faults that a stream is refused for. */
async function faultsOf(...messages: Message[]): Promise<string[]> {
  const error = await samplesOf(...messages).catch((reason) => reason);
  if (!(error instanceof InvalidInput)) throw new Error("the stream was taken");
  expect(error.subject).toBe("stream");
  return error.faults.map(({ path }) => path);
}

describe("a stream", () => {
  it("names its task on the first message, and the task holds for those after it", async () => {
    const samples = await samplesOf({ task: CHECKOUT, ...onCpu(3, "leaf", "main") }, onCpu(4, "main"), onCpu(5));
    expect(samples).toMatchObject([
      { task: CHECKOUT, target: "ON_CPU", count: 3, stacks: [{ stackType: 1, stackSymbols: ["leaf", "main"] }] },
      { task: CHECKOUT, target: "ON_CPU", count: 4, stacks: [{ stackSymbols: ["main"] }] },
      { task: CHECKOUT, target: "ON_CPU", count: 5 },
    ]);
    expect(samples[0]?.nanos).toBeUndefined();
  });

  it("goes on with another task where another is named", async () => {
    const samples = await samplesOf(
      { task: CHECKOUT, ...onCpu(1) },
      onCpu(2),
      { task: PAYMENTS, ...onCpu(3) },
      onCpu(4),
      { task: CHECKOUT, ...onCpu(5) },
    );
    expect(counted(samples)).toEqual([
      ["task-1", 1],
      ["task-1", 2],
      ["task-2", 3],
      ["task-2", 4],
      ["task-1", 5],
    ]);
  });

  it("tells two processes of one task apart", async () => {
    const samples = await samplesOf(
      { task: CHECKOUT, ...onCpu(1) },
      { task: { ...CHECKOUT, processId: "other" }, ...onCpu(2) },
    );
    expect(samples.map(({ task }) => task.processId)).toEqual(["process-1", "other"]);
    expect(samples[0]?.task).not.toBe(samples[1]?.task);
  });

  it("that repeats its task on every message stays with the same", async () => {
    const samples = await samplesOf(
      { task: CHECKOUT, ...onCpu(1) },
      { task: CHECKOUT, ...onCpu(2) },
      { task: { ...CHECKOUT, currentTime: 6_001n }, ...onCpu(3) },
    );
    expect(new Set(samples.map(({ task }) => task)).size).toBe(1);
    expect(counted(samples)).toEqual([
      ["task-1", 1],
      ["task-1", 2],
      ["task-1", 3],
    ]);
  });

  it("carries OFF_CPU too: how often and how long the process was away", async () => {
    expect(await samplesOf({ task: CHECKOUT, ...offCpu(2, 1_234_567n) })).toMatchObject([
      { target: "OFF_CPU", count: 2, nanos: 1_234_567n },
    ]);
  });

  it("without a message holds nothing, and nothing is wrong with it", async () => {
    expect(await samplesOf()).toEqual([]);
  });

  it("of nothing but tasks holds nothing; the last one named holds on", async () => {
    expect(await samplesOf({ task: CHECKOUT }, { task: PAYMENTS })).toEqual([]);
    expect(counted(await samplesOf({ task: CHECKOUT }, { task: PAYMENTS }, onCpu(1)))).toEqual([["task-2", 1]]);
  });

  it("may hold messages that count nothing: they are passed over", async () => {
    const samples = await samplesOf({ task: CHECKOUT, ...onCpu(0, "main") }, {}, offCpu(0, 0n), onCpu(1));
    expect(counted(samples)).toEqual([["task-1", 1]]);
    expect(await samplesOf({ task: CHECKOUT, ...offCpu(0, 5n) }, offCpu(5, 0n))).toMatchObject([
      { count: 0, nanos: 5n },
      { count: 5, nanos: 0n },
    ]);
  });

  it("that fails on its way fails here", async () => {
    async function* broken() {
      yield* streamOf([{ task: CHECKOUT, ...onCpu(1) }]);
      throw new Error("cut off");
    }
    await expect(Array.fromAsync(readSamples(broken()))).rejects.toThrow("cut off");
  });
});

describe("a stream is refused", () => {
  test("if its first message names no task", async () => {
    expect(await faultsOf(onCpu(1))).toEqual(["task"]);
    expect(await faultsOf({})).toEqual(["task"]);
    expect(await faultsOf(onCpu(1), { task: CHECKOUT, ...onCpu(1) })).toEqual(["task"]);
  });

  test("if a task has no id", async () => {
    expect(await faultsOf({ task: { ...CHECKOUT, taskId: "" } })).toEqual(["task.taskId"]);
    expect(await faultsOf({ task: CHECKOUT }, { task: {} })).toEqual(["task.taskId"]);
  });

  test.each([
    ["below zero", onCpu(-1), ["onCPU.dumpCount"]],
    ["the least an int32 holds", onCpu(-(2 ** 31)), ["onCPU.dumpCount"]],
    ["switches below zero", offCpu(-1, 5n), ["offCPU.switchCount"]],
    ["time below zero", offCpu(1, -5n), ["offCPU.duration"]],
    ["both below zero", offCpu(-1, -(2n ** 63n)), ["offCPU.switchCount", "offCPU.duration"]],
  ])("if it counts %s", async (_what, message, faults) => {
    expect(await faultsOf({ task: CHECKOUT, ...message })).toEqual(faults);
    expect(await faultsOf({ task: CHECKOUT, ...onCpu(1) }, message)).toEqual(faults);
  });

  test.each(["taskId", "processId"])("if %s has over 256 bytes", async (field) => {
    const named = (id: string): Message => ({ task: { ...CHECKOUT, [field]: id } });
    expect(await samplesOf(named("x".repeat(256)))).toEqual([]);
    expect(await samplesOf(named("ü".repeat(128)))).toEqual([]);
    expect(await faultsOf(named("x".repeat(257)))).toEqual([`task.${field}`]);
    expect(await faultsOf(named("ü".repeat(129)))).toEqual([`task.${field}`]);
  });

  test.each(["profilingStartTime", "currentTime"])("if %s is no time that can be", async (field) => {
    const at = (time: bigint): Message => ({ task: { ...CHECKOUT, [field]: time } });
    const last = (2n ** 63n - 1n) / 1_000_000n; // pprof holds nanoseconds in 63 bits and a sign
    expect(await samplesOf(at(0n))).toEqual([]); // an agent that does not say
    expect(await samplesOf(at(last))).toEqual([]);
    for (const time of [-1n, last + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(await faultsOf(at(time))).toEqual([`task.${field}`]);
    }
  });

  test("with every fault of its task at once", async () => {
    const processId = "x".repeat(257);
    expect(await faultsOf({ task: { processId, profilingStartTime: -1n, currentTime: -1n } })).toEqual([
      "task.taskId",
      "task.processId",
      "task.profilingStartTime",
      "task.currentTime",
    ]);
  });
});
