import {
  Function as FunctionEntry,
  Label,
  Location,
  Mapping,
  Profile,
  Sample,
  StringTable,
  ValueType,
} from "pprof-format";
import { type EBPFProfilingStackMetadata, EBPFProfilingStackType } from "../gen/ebpf/profiling/Profile_pb.js";

/** What the values of a profile mean. */
export interface PprofMeaning {
  target: "ON_CPU" | "OFF_CPU";
  /** CPU time that one ON_CPU sample stands for. */
  periodNanos: number;
}

/** Where a profile comes from. */
export interface PprofSource {
  /** When the agent flushed, in ms since the epoch. */
  flushedAt: number;
  /** Name of the process's own mapping; the kernel's has its usual name. */
  processName: string;
  /** Labels of every sample. Blank ones are left out. */
  labels: Readonly<Record<string, string>>;
}

/** Adds up stacks and makes a pprof profile of them. */
export interface PprofBuilder {
  /**
   * Adds what was seen at one stack.
   * @param stacks the kernel's part, the process's part, or both; symbols leaf first.
   * @param count samples taken, or times that the process left the CPU.
   * @param nanos for OFF_CPU: how long it stayed away in all.
   * @throws RangeError if the sums no longer fit into the 64 bits of the format.
   */
  add(stacks: readonly EBPFProfilingStackMetadata[], count: number, nanos?: bigint): void;
  /** About how much memory the builder holds. */
  readonly heapBytes: number;
  readonly sampleCount: bigint;
  readonly totalNanos: bigint;
  /** The profile, to be encoded. */
  build(source: PprofSource): Profile;
}

/** Sample types, and what the period is measured in; the names are those of Go's own profiles. */
const TYPES = {
  ON_CPU: { samples: ["samples", "count"], nanos: ["cpu", "nanoseconds"], period: ["cpu", "nanoseconds"] },
  OFF_CPU: { samples: ["contentions", "count"], nanos: ["delay", "nanoseconds"], period: ["contentions", "count"] },
} as const;

const KERNEL_MAPPING = "[kernel.kallsyms]"; // as perf names it
/** Stands for a frame, or a whole stack, that the agent could not name. */
const UNKNOWN = "[unknown]";
const MAX_INT64 = (1n << 63n) - 1n;
/** Rough sizes of what a new entry holds beside its text. */
const ENTRY_BYTES = { frame: 200, sample: 250, frameOfSample: 16 };

interface SummedSample {
  locations: number[];
  count: bigint;
  nanos: bigint;
}

/**
 * Locations and functions are the same thing here: an agent sends symbols, no addresses and no lines. Samples with the
 * same frames are added up.
 */
export function createPprofBuilder(meaning: PprofMeaning): PprofBuilder {
  const { periodNanos } = meaning;
  const frames = new Map<string, number>();
  const samples = new Map<string, SummedSample>();
  let heapBytes = 0;
  let sampleCount = 0n;
  let totalNanos = 0n;

  /** @returns the id of the frame; ids start at 1, as the format asks. */
  function frameId(symbol: string, isKernel: boolean): number {
    const key = frameKey(symbol === "" ? UNKNOWN : symbol, isKernel);
    const known = frames.get(key);
    if (known !== undefined) return known;
    frames.set(key, frames.size + 1);
    heapBytes += ENTRY_BYTES.frame + 2 * key.length;
    return frames.size;
  }

  function locationsOf(stacks: readonly EBPFProfilingStackMetadata[]): number[] {
    const kernelFirst = [true, false].flatMap((isKernel) =>
      stacks
        .filter(({ stackType }) => (stackType === EBPFProfilingStackType.PROCESS_KERNEL_SPACE) === isKernel)
        .flatMap(({ stackSymbols }) => stackSymbols.map((symbol) => frameId(symbol, isKernel))),
    );
    return kernelFirst.length === 0 ? [frameId(UNKNOWN, false)] : kernelFirst;
  }

  return {
    add(stacks, count, nanos = BigInt(count) * BigInt(periodNanos)) {
      if (sampleCount + BigInt(count) > MAX_INT64 || totalNanos + nanos > MAX_INT64) {
        throw new RangeError("the sums of a profile do not fit into 64 bits");
      }
      const locations = locationsOf(stacks);
      const key = locations.join();
      let sample = samples.get(key);
      if (sample === undefined) {
        sample = { locations, count: 0n, nanos: 0n };
        samples.set(key, sample);
        heapBytes += ENTRY_BYTES.sample + key.length + ENTRY_BYTES.frameOfSample * locations.length;
      }
      sample.count += BigInt(count);
      sample.nanos += nanos;
      sampleCount += BigInt(count);
      totalNanos += nanos;
    },
    get heapBytes() {
      return heapBytes;
    },
    get sampleCount() {
      return sampleCount;
    },
    get totalNanos() {
      return totalNanos;
    },
    build: (source) => profileOf(meaning, source, frames, samples),
  };
}

function profileOf(
  { target, periodNanos }: PprofMeaning,
  { flushedAt, processName, labels }: PprofSource,
  frames: ReadonlyMap<string, number>,
  samples: ReadonlyMap<string, SummedSample>,
): Profile {
  const stringTable = new StringTable();
  const text = (string: string): number => stringTable.dedup(string);
  const valueType = ([type, unit]: readonly [string, string]) => new ValueType({ type: text(type), unit: text(unit) });
  const { samples: counted, nanos, period } = TYPES[target];
  const label = Object.entries(labels)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => new Label({ key: text(key), str: text(value) }));
  // Tools take the first mapping for the program itself.
  const mapping = [processName || UNKNOWN, KERNEL_MAPPING].map(
    (filename, index) => new Mapping({ id: index + 1, filename: text(filename), hasFunctions: true }),
  );
  const location: Location[] = [];
  const functions: FunctionEntry[] = [];
  for (const [key, id] of frames) {
    const { symbol, isKernel } = frameOf(key);
    const name = text(symbol);
    const filename = isKernel ? text(KERNEL_MAPPING) : 0;
    functions.push(new FunctionEntry({ id, name, systemName: name, filename }));
    location.push(new Location({ id, mappingId: isKernel ? 2 : 1, line: [{ functionId: id }] }));
  }
  return new Profile({
    sampleType: [valueType(counted), valueType(nanos)],
    sample: [...samples.values()].map(
      (sample) => new Sample({ locationId: sample.locations, value: [sample.count, sample.nanos], label }),
    ),
    mapping,
    location,
    function: functions,
    timeNanos: BigInt(flushedAt) * 1_000_000n,
    periodType: valueType(period),
    period: target === "ON_CPU" ? periodNanos : 1,
    defaultSampleType: text(nanos[0]),
    stringTable,
  });
}

/** The same symbol in the kernel and in the process are two frames. */
function frameKey(symbol: string, isKernel: boolean): string {
  return (isKernel ? "k" : "u") + symbol;
}

function frameOf(key: string): { symbol: string; isKernel: boolean } {
  return { symbol: key.slice(1), isKernel: key.startsWith("k") };
}
