import { setImmediate } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it, test } from "vitest";
import { createScopeFilter } from "../../shared/access/scope-filter.ts";
import { InvalidInput, LimitExceeded, Unavailable } from "../../shared/errors.ts";
import { EBPFProfilingDataSchema } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import type { CollectedProfile } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { ProfilingTarget } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { createLogger } from "../../shared/log.ts";
import { noMetrics } from "../../shared/metrics.ts";
import { createProfileIntake } from "../../shared/profiles/profile-intake.ts";
import { readPprof } from "../support/pprof-file.ts";
import { flushOf, offCpu, onCpu, type StackMessage } from "../support/stacks.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const NAMES = { serviceName: "checkout", instanceName: "pod-1", processName: "java" };

const find = async (taskId: string) => (taskId.startsWith("ours") ? NAMES : undefined);

/** An intake over a bucket and a queue that keep what they are handed. */
function world({ put = async () => {}, ...ports }: { put?: (key: string) => Promise<void>; find?: typeof find } = {}) {
  const files = new Map<string, Uint8Array>();
  const announced: CollectedProfile[] = [];
  const collectStream = createProfileIntake({
    storage: {
      async put(key, file) {
        await put(key);
        files.set(key, file);
      },
      async delete(keys) {
        for (const key of keys) files.delete(key);
      },
    },
    taskNames: { find, ...ports },
    processNames: (processId) => (processId === "known" ? NAMES : undefined),
    taskQueue: { sendProfiles: async (profiles) => void announced.push(...profiles) },
    scopeFilter: createScopeFilter({ requireToken: false, log: createLogger("silent"), metrics: noMetrics }),
    periodNanos: 9_000_000,
    log: createLogger("silent"),
    metrics: noMetrics,
    now: () => NOON,
  });
  return {
    collect: (messages: Iterable<StackMessage>) => collectStream(streamOf(messages), undefined),
    collectStream,
    files,
    announced,
  };
}

async function* streamOf(messages: Iterable<StackMessage>) {
  for (const message of messages) yield create(EBPFProfilingDataSchema, message);
}

/** Messages of one task of which each holds about this many bytes of memory, all of them different. */
const heavy = (taskId: string, bytes: number, count = 1): StackMessage[] =>
  flushOf(
    taskId,
    Array.from({ length: count }, (_, index) => onCpu(1, `${index} `.padEnd(bytes / 2, "x"))),
  );

const MB = 1_000_000;

describe("what is announced", () => {
  it("says all that is known of each profile", async () => {
    const { collect, files, announced } = world();
    const times = { profilingStartTime: BigInt(NOON - 60_000), currentTime: BigInt(NOON - 5) };
    await collect([
      ...flushOf("ours", [onCpu(3, "main"), onCpu(4, "main")], { processId: "p", ...times }),
      ...flushOf("ours", [offCpu(2, 600n, "futex")], { processId: "p", ...times }),
      ...flushOf("theirs", [onCpu(5, "main")], { processId: "p" }),
    ]);
    expect(announced).toMatchObject([
      {
        taskId: "ours",
        processId: "p",
        target: ProfilingTarget.ON_CPU,
        startedAt: timestampFromMs(NOON - 60_000),
        flushedAt: timestampFromMs(NOON - 5),
        collectedAt: timestampFromMs(NOON),
        sampleCount: 7n,
        totalNanos: 63_000_000n,
      },
      { taskId: "ours", target: ProfilingTarget.OFF_CPU, sampleCount: 2n, totalNanos: 600n },
      { taskId: "theirs", target: ProfilingTarget.ON_CPU, sampleCount: 5n, totalNanos: 45_000_000n },
    ]);
    expect(announced[2]).not.toHaveProperty("flushedAt");
    expect(announced.map(({ objectKey }) => objectKey.split("/").slice(0, 2))).toEqual([
      ["tasks", "ours"],
      ["tasks", "ours"],
      ["unknown-tasks", "theirs"],
    ]);
    expect(announced.map(({ objectBytes }) => Number(objectBytes))).toEqual([...files.values()].map((f) => f.length));
    expect(new Set(announced.map(({ profileId }) => profileId)).size).toBe(3);
  });

  it("is nothing before the last file lies in the bucket", async () => {
    const reached = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const { collect, announced } = world({
      async put(key) {
        if (!key.includes("two")) return;
        reached.resolve();
        await gate.promise;
      },
    });
    const collected = collect([...flushOf("one", [onCpu(1, "main")]), ...flushOf("two", [onCpu(1, "main")])]);
    await reached.promise;
    expect(announced).toEqual([]);
    gate.resolve();
    await collected;
    expect(announced).toHaveLength(2);
  });
});

describe("while something behind is slow", () => {
  const never = () => new Promise<never>(() => {});

  it("a profile does not wait for the names of its task", async () => {
    const { collect, announced, files } = world({ find: never });
    await collect([...flushOf("ours", [onCpu(1, "main")]), ...flushOf("ours too", [onCpu(2, "main")])]);
    expect(announced.map(({ sampleCount, objectKey }) => [sampleCount, objectKey.split("/")[0]])).toEqual([
      [1n, "unknown-tasks"],
      [2n, "unknown-tasks"],
    ]);
    expect(files.size).toBe(2);
  });

  it("the agent is told within 3 s, and nothing is announced behind its back", async () => {
    const gate = Promise.withResolvers<void>();
    const { collect, announced } = world({ put: () => gate.promise });
    const startedAt = performance.now();
    await expect(collect(flushOf("ours", [onCpu(1, "main")]))).rejects.toThrow(Unavailable);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    gate.resolve(); // the bucket has taken it after all
    await setImmediate();
    expect(announced).toEqual([]);
  });
});

describe("the file", () => {
  const fileOf = async (messages: StackMessage[]) => {
    const { collect, files } = world();
    await collect(messages);
    const [file] = files.values();
    return readPprof(file ?? new Uint8Array());
  };

  it("is of the moment when it came in if the agent does not say when it flushed", async () => {
    expect((await fileOf(flushOf("ours", [onCpu(1, "main")]))).timeNanos).toBe(BigInt(NOON) * 1_000_000n);
  });

  it.each([
    [
      "of a task of ours carries the task's names",
      "ours",
      "p",
      { service: "checkout", instance: "pod-1", process: "java" },
    ],
    [
      "of another task carries the names of its process",
      "theirs",
      "known",
      { service: "checkout", instance: "pod-1", process: "java" },
    ],
    ["of nobody known carries just ids", "theirs", "p", {}],
  ])("%s", async (_what, task, process_id, names) => {
    const { samples } = await fileOf(flushOf(task, [onCpu(1, "main")], { processId: process_id }));
    expect(samples[0]?.labels).toEqual({ task, process_id, ...names });
    expect(samples[0]?.frames).toEqual([{ name: "main", mapping: "process" in names ? "java" : "[unknown]" }]);
  });
});

describe("a stream that is refused leaves nothing", () => {
  test("if its sums do not fit into 64 bits", async () => {
    const { collect, files, announced } = world();
    const longest = offCpu(1, 2n ** 63n - 1n, "main");
    const error = await collect([...heavy("ours", 1_000), ...flushOf("ours too", [longest, longest])]).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InvalidInput);
    expect([files.size, announced]).toEqual([0, []]);
  });

  test("if the bucket does not take its second file", async () => {
    const { collect, files, announced } = world({
      put: async (key) => {
        if (key.includes("two")) throw new Unavailable("S3 cannot be reached");
      },
    });
    const both = [...flushOf("one", [onCpu(1, "main")]), ...flushOf("two", [onCpu(1, "main")])];
    await expect(collect(both)).rejects.toThrow(Unavailable);
    expect([files.size, announced]).toEqual([0, []]);
  });

  test("if it holds over 1000 profiles", async () => {
    const { collect, files, announced } = world();
    const many = Array.from({ length: 1_001 }, (_, index) => flushOf(`task ${index}`, [onCpu(1, "main")]));
    await expect(collect(many.flat())).rejects.toThrow(LimitExceeded);
    expect([files.size, announced]).toEqual([0, []]);
    await collect(many.slice(1).flat());
    expect([files.size, announced.length]).toEqual([1_000, 1_000]);
  });
});

describe("memory", () => {
  const profilesOf = async ({ collect, announced }: ReturnType<typeof world>, messages: StackMessage[]) => {
    const before = announced.length;
    await collect(messages);
    return announced.length - before;
  };

  it("is bounded for each stream: over 8 MiB, a profile is cut", async () => {
    expect(await profilesOf(world(), heavy("ours", MB, 8))).toBe(1);
    expect(await profilesOf(world(), heavy("ours", MB, 20))).toBe(3);
  });

  /** A stream that stays open until the gate does. */
  const holdOpen = (w: ReturnType<typeof world>, bytes: number, gate: Promise<void>) => {
    const read = Promise.withResolvers<void>();
    async function* messages() {
      yield* streamOf(heavy("held", bytes));
      read.resolve();
      await gate;
    }
    return { read: read.promise, collected: w.collectStream(messages(), undefined) };
  };

  it("is bounded for all together: over 96 MiB, streams are cut that are worth it", async () => {
    const w = world();
    const gate = Promise.withResolvers<void>();
    const held = Array.from({ length: 13 }, () => holdOpen(w, 7.7 * MB, gate.promise));
    await Promise.all(held.map(({ read }) => read));
    expect(await profilesOf(w, heavy("ours", MB, 3))).toBe(3);
    expect(await profilesOf(w, heavy("ours", 0.2 * MB, 6))).toBeGreaterThan(1);
    gate.resolve();
    await Promise.all(held.map(({ collected }) => collected));
    expect(await profilesOf(w, heavy("ours", MB, 3))).toBe(1);
  });

  it("is bounded however small the streams are: over 96 MiB with nothing worth cutting, the next is refused", async () => {
    const w = world();
    const gate = Promise.withResolvers<void>();
    const held: Promise<void>[] = [];
    let refusal: unknown;
    while (refusal === undefined && held.length < 2_000) {
      const { read, collected } = holdOpen(w, 60_000, gate.promise);
      refusal = await Promise.race([read, collected]).catch((error: unknown) => error);
      if (refusal === undefined) held.push(collected);
    }
    expect(refusal).toBeInstanceOf(LimitExceeded);
    expect((held.length * 60_000) / (96 * 1_024 * 1_024)).toBeCloseTo(1, 1);
    gate.resolve();
    await Promise.all(held);
    await w.collect(heavy("ours", 60_000));
  });

  it("of streams that broke off is free again", async () => {
    const w = world();
    for (let broken = 0; broken < 300; broken++) {
      await expect(w.collect([...heavy("ours", 0.4 * MB), onCpu(-1)])).rejects.toThrow(InvalidInput);
    }
    expect(await profilesOf(w, heavy("ours", MB, 3))).toBe(1);
  });
});
