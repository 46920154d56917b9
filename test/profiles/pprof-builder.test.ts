import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { EBPFProfilingStackMetadataSchema } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import {
  createPprofBuilder,
  type PprofBuilder,
  type PprofMeaning,
  type PprofSource,
} from "../../shared/profiles/pprof-builder.ts";
import { type PprofFile, readPprof, totalsOf } from "../support/pprof-file.ts";

type Source = PprofMeaning & PprofSource;

/** A part of a stack, as the protocol numbers its kinds. */
interface Part {
  stackType: 0 | 1;
  stackSymbols: string[];
}
const kernel = (...stackSymbols: string[]): Part => ({ stackType: 0, stackSymbols });
const user = (...stackSymbols: string[]): Part => ({ stackType: 1, stackSymbols });

/** What was counted at one stack; `nanos` counts for OFF_CPU only. */
interface Counted {
  stacks: Part[];
  count: number;
  nanos: bigint;
}

const PERIOD_NANOS = 9_000_000;
const SOURCE: Source = {
  target: "ON_CPU",
  periodNanos: PERIOD_NANOS,
  flushedAt: 1_770_091_506_789,
  processName: "java",
  labels: {},
};

function add(builder: PprofBuilder, { stacks, count, nanos }: Counted, target: Source["target"]): void {
  const parts = stacks.map((part) => create(EBPFProfilingStackMetadataSchema, part));
  if (target === "ON_CPU") builder.add(parts, count);
  else builder.add(parts, count, nanos);
}

/** The file of these samples, gzipped. */
function fileOf(samples: readonly Counted[], source: Partial<Source> = {}): Buffer {
  const whole = { ...SOURCE, ...source };
  const builder = createPprofBuilder(whole);
  for (const sample of samples) add(builder, sample, whole.target);
  return gzipSync(builder.build(whole).encode());
}

const profileOf = (samples: readonly Counted[], source: Partial<Source> = {}): PprofFile =>
  readPprof(fileOf(samples, source));

const onCpu = (count: number, ...stacks: Part[]): Counted => ({ stacks, count, nanos: 0n });
const framesIn = ({ samples }: PprofFile): string[][] =>
  samples.map(({ frames }) => frames.map(({ name, mapping }) => `${mapping} ${name}`));

/** Few symbols, so that stacks meet again; and any other text, since symbols come from anybody's binaries. */
const anySymbol = fc.oneof(fc.constantFrom("", "main", "read", "[unknown]"), fc.string({ unit: "binary" }));
const anyPart = fc.record({ stackType: fc.constantFrom(0 as const, 1 as const), stackSymbols: fc.array(anySymbol) });
const anySamples = fc.array(
  fc.record({
    stacks: fc.array(anyPart, { maxLength: 3 }),
    count: fc.nat({ max: 2 ** 31 - 1 }), // an int32 on the wire
    nanos: fc.bigInt({ min: 0n, max: 1n << 55n }),
  }),
);
const anyTarget = fc.constantFrom("ON_CPU" as const, "OFF_CPU" as const);

const nanosOf = ({ count, nanos }: Counted, target: Source["target"]): bigint =>
  target === "ON_CPU" ? BigInt(count) * BigInt(PERIOD_NANOS) : nanos;

/** The frames that a stack stands for: leaf first, the kernel's part before the process's. */
function framesOf({ stacks }: Counted): { name: string; mapping: string }[] {
  const frames = (type: 0 | 1, mapping: string) =>
    stacks
      .filter(({ stackType }) => stackType === type)
      .flatMap(({ stackSymbols }) => stackSymbols.map((name) => ({ name: name || "[unknown]", mapping })));
  const all = [...frames(0, "[kernel.kallsyms]"), ...frames(1, "java")];
  return all.length > 0 ? all : [{ name: "[unknown]", mapping: "java" }];
}

describe("of any samples", () => {
  test("what goes in comes out: every count and every nanosecond, stack by stack", () => {
    fc.assert(
      fc.property(anySamples, anyTarget, (samples, target) => {
        const expected = new Map<string, [bigint, bigint]>();
        for (const sample of samples) {
          const key = JSON.stringify(framesOf(sample));
          const [count, nanos] = expected.get(key) ?? [0n, 0n];
          expected.set(key, [count + BigInt(sample.count), nanos + nanosOf(sample, target)]);
        }
        const profile = profileOf(samples, { target });
        const found = profile.samples.map(({ frames, values }) => [JSON.stringify(frames), values] as const);
        expect(found).toHaveLength(expected.size); // each stack once
        expect(new Map(found)).toEqual(expected);
      }),
    );
  });

  test("the builder's own sums are those of the file", () => {
    fc.assert(
      fc.property(anySamples, anyTarget, (samples, target) => {
        const builder = createPprofBuilder({ ...SOURCE, target });
        for (const sample of samples) add(builder, sample, target);
        const counted = samples.reduce((sum, { count }) => sum + BigInt(count), 0n);
        const lasted = samples.reduce((sum, sample) => sum + nanosOf(sample, target), 0n);
        expect([builder.sampleCount, builder.totalNanos]).toEqual([counted, lasted]);
        expect(totalsOf(readPprof(gzipSync(builder.build(SOURCE).encode())))).toEqual([counted, lasted]);
      }),
    );
  });
});

describe("a stack", () => {
  test("runs leaf first, the kernel's part before the process's, whatever order the message has", () => {
    const expected = [["[kernel.kallsyms] vfs_read", "[kernel.kallsyms] entry_SYSCALL_64", "java read", "java main"]];
    const inKernel = kernel("vfs_read", "entry_SYSCALL_64");
    const inProcess = user("read", "main");
    expect(framesIn(profileOf([onCpu(1, inKernel, inProcess)]))).toEqual(expected);
    expect(framesIn(profileOf([onCpu(1, inProcess, inKernel)]))).toEqual(expected);
    expect(profileOf([onCpu(1, inProcess, inKernel), onCpu(2, inKernel, inProcess)]).samples).toMatchObject([
      { values: [3n, 27_000_000n] },
    ]);
  });

  test("tells a kernel frame from a process's of the same name", () => {
    const profile = profileOf([onCpu(1, kernel("read")), onCpu(2, user("read"))]);
    expect(framesIn(profile)).toEqual([["[kernel.kallsyms] read"], ["java read"]]);
    expect(profile.samples.map(({ values }) => values[0])).toEqual([1n, 2n]);
  });

  test("is not mixed up with one whose symbols are cut elsewhere", () => {
    const profile = profileOf([onCpu(1, user("a", "b")), onCpu(2, user("a,b")), onCpu(4, user("ab"))]);
    expect(profile.samples.map(({ values }) => values[0])).toEqual([1n, 2n, 4n]);
  });

  test("that the agent could not name counts all the same, as [unknown]", () => {
    const profile = profileOf([onCpu(1), onCpu(2, user()), onCpu(4, kernel(), user()), onCpu(8, kernel(""))]);
    expect(framesIn(profile)).toEqual([["java [unknown]"], ["[kernel.kallsyms] [unknown]"]]);
    expect(profile.samples.map(({ values }) => values[0])).toEqual([7n, 8n]);
  });

  test("that recurses names its frame as often as it stands there", () => {
    expect(framesIn(profileOf([onCpu(1, user("fib", "fib", "main"))]))).toEqual([
      ["java fib", "java fib", "java main"],
    ]);
  });
});

describe("a profile", () => {
  test("of ON_CPU says samples and CPU time, one sample for each period", () => {
    expect(profileOf([onCpu(3, user("main"))])).toMatchObject({
      sampleTypes: ["samples/count", "cpu/nanoseconds"],
      defaultSampleType: "cpu",
      period: { type: "cpu/nanoseconds", value: 9_000_000n },
      samples: [{ values: [3n, 27_000_000n] }],
    });
  });

  test("of ON_CPU takes the longest period that can be set, of 10 s", () => {
    const profile = profileOf([onCpu(3, user("main"))], { periodNanos: 10_000_000_000 });
    expect(profile.period.value).toBe(10_000_000_000n);
    expect(totalsOf(profile)).toEqual([3n, 30_000_000_000n]);
  });

  test("of OFF_CPU says how often and how long the process was away", () => {
    const away = { stacks: [user("main")], count: 2, nanos: 1_234_567n };
    expect(profileOf([away], { target: "OFF_CPU" })).toMatchObject({
      sampleTypes: ["contentions/count", "delay/nanoseconds"],
      defaultSampleType: "delay",
      period: { type: "contentions/count", value: 1n },
      samples: [{ values: [2n, 1_234_567n] }],
    });
  });

  test("carries the flush's time and, on every sample, the labels that are not blank", () => {
    const labels = { service: "checkout", instance: "", process: "java", task: "日本 🔥" };
    const profile = profileOf([onCpu(1, user("a")), onCpu(1, user("b"))], { labels });
    expect(profile.timeNanos).toBe(1_770_091_506_789_000_000n);
    const shown = { service: "checkout", process: "java", task: "日本 🔥" };
    expect(profile.samples.map((sample) => sample.labels)).toEqual([shown, shown]);
  });

  test("names the process's mapping, or says that it is not known", () => {
    expect(framesIn(profileOf([onCpu(1, user("main"))], { processName: "nginx: worker" }))).toEqual([
      ["nginx: worker main"],
    ]);
    expect(framesIn(profileOf([onCpu(1, user("main"))], { processName: "" }))).toEqual([["[unknown] main"]]);
  });

  test("without samples can be read too", () => {
    expect(profileOf([])).toMatchObject({ samples: [], sampleTypes: ["samples/count", "cpu/nanoseconds"] });
  });
});

describe("the format's 64 bits", () => {
  const LARGEST = 2n ** 63n - 1n;
  const away = (count: number, nanos: bigint): Counted => ({ stacks: [user(`after ${nanos}`)], count, nanos });

  test("hold just so many nanoseconds; one more is refused and leaves the profile as it was", () => {
    const builder = createPprofBuilder({ ...SOURCE, target: "OFF_CPU" });
    add(builder, away(1, LARGEST - 5n), "OFF_CPU");
    add(builder, away(1, 5n), "OFF_CPU");
    expect(() => add(builder, away(1, 1n), "OFF_CPU")).toThrow(RangeError);
    const profile = readPprof(gzipSync(builder.build(SOURCE).encode()));
    expect(totalsOf(profile)).toEqual([2n, LARGEST]);
    expect([builder.sampleCount, builder.totalNanos]).toEqual([2n, LARGEST]);
  });

  test("hold just so many counts", () => {
    const builder = createPprofBuilder({ ...SOURCE, target: "OFF_CPU" });
    for (let times = 0; times < 1_023; times++) add(builder, away(2 ** 53, 0n), "OFF_CPU");
    expect(() => add(builder, away(2 ** 53, 0n), "OFF_CPU")).toThrow(RangeError);
    expect(builder.sampleCount).toBe(1_023n * 2n ** 53n);
  });
});

test("what a builder says it holds grows with new frames and stacks, not with repetitions", () => {
  const builder = createPprofBuilder(SOURCE);
  add(builder, onCpu(1, user("x".repeat(100_000), "main")), "ON_CPU");
  const once = builder.heapBytes;
  expect(once).toBeGreaterThan(100_000);
  add(builder, onCpu(1, user("x".repeat(100_000), "main")), "ON_CPU");
  expect(builder.heapBytes).toBe(once);
  add(builder, onCpu(1, user("y".repeat(100_000), "main")), "ON_CPU");
  expect(builder.heapBytes).toBeGreaterThan(once + 100_000);
});

const GO = spawnSync("go", ["version"], { encoding: "utf8" });
const HAS_GO = GO.status === 0;
if (!HAS_GO) console.warn("Go is not installed: profiles were not checked with `go tool pprof`");

describe(HAS_GO ? "Go's own pprof" : "Go's own pprof (NOT CHECKED: Go is not installed)", () => {
  const folder = mkdtempSync(join(tmpdir(), "flashpoint-pprof-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs `go tool pprof` on a file. */
  function pprof(file: Uint8Array, ...args: string[]): string {
    const path = join(folder, "profile.pb.gz");
    writeFileSync(path, file);
    const { status, stdout, stderr } = spawnSync("go", ["tool", "pprof", "-symbolize=none", ...args, path], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`go tool pprof: ${stderr}`);
    return stdout;
  }

  /** The same samples in every run: every kind of stack, and sums beyond 32 bits. */
  const SAMPLES: Counted[] = [
    ...fc.sample(anySamples, { numRuns: 5, seed: 7 }).flat(),
    { stacks: [kernel("vfs_read"), user("read", "main")], count: 3, nanos: 1_000_000_007n },
    { stacks: [user("日本 🔥", "main")], count: 2 ** 31 - 1, nanos: 1n << 50n },
    { stacks: [], count: 1, nanos: 1n },
  ];

  test.for([
    { target: "ON_CPU", header: "samples/count cpu/nanoseconds[dflt]", counts: "samples", nanos: "cpu" },
    { target: "OFF_CPU", header: "contentions/count delay/nanoseconds[dflt]", counts: "contentions", nanos: "delay" },
  ] as const)("reads a profile of $target and finds our totals", ({ target, header, counts, nanos }, { skip }) => {
    skip(!HAS_GO, "Go is not installed");
    const file = fileOf(SAMPLES, { target, labels: { service: "checkout" } });
    const expected = totalsOf(readPprof(file));

    const raw = pprof(file, "-raw");
    expect(raw).toContain(`\n${header}\n`);
    const values = [...raw.matchAll(/^ +(\d+) +(\d+): [\d ]+$/gm)].map(([, count, time]) => [count, time]);
    const sums = [0, 1].map((index) => values.reduce((sum, value) => sum + BigInt(value[index] ?? ""), 0n));
    expect(values).toHaveLength(readPprof(file).samples.length);
    expect(sums).toEqual(expected);
    expect(raw).toMatch(/M=2 vfs_read \[kernel\.kallsyms\]/);
    expect(raw).toContain("service:[checkout]");

    expect(topTotal(pprof(file, "-top", `-sample_index=${counts}`, "-unit=count"))).toBe(String(expected[0]));
    // Here Go rounds; that it is our sum to six digits shows that it sums the right column.
    const seconds = Number(topTotal(pprof(file, "-top", `-sample_index=${nanos}`, "-unit=s")).replace(/s$/, ""));
    expect(seconds / (Number(expected[1]) / 1e9)).toBeCloseTo(1, 6);
  });

  /** What `-top` says that everything comes to, with its unit. */
  function topTotal(top: string): string {
    return /of (\S+) total$/m.exec(top)?.[1] ?? top;
  }
});
