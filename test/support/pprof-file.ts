import { gunzipSync } from "node:zlib";
import protobuf from "protobufjs";

/**
 * Reads a gzipped pprof file by the format's public field numbers (profile.proto of the pprof project), with another
 * protobuf library than any that Flashpoint writes with.
 */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Profile {
    repeated ValueType sample_type = 1; repeated Sample sample = 2; repeated Mapping mapping = 3;
    repeated Location location = 4; repeated Function function = 5; repeated string string_table = 6;
    int64 time_nanos = 9; int64 duration_nanos = 10; ValueType period_type = 11; int64 period = 12;
    int64 default_sample_type = 14;
  }
  message ValueType { int64 type = 1; int64 unit = 2; }
  message Sample { repeated uint64 location_id = 1; repeated int64 value = 2; repeated Label label = 3; }
  message Label { int64 key = 1; int64 str = 2; int64 num = 3; int64 num_unit = 4; }
  message Mapping { uint64 id = 1; int64 filename = 5; bool has_functions = 7; }
  message Location { uint64 id = 1; uint64 mapping_id = 2; uint64 address = 3; repeated Line line = 4; }
  message Line { uint64 function_id = 1; int64 line = 2; }
  message Function { uint64 id = 1; int64 name = 2; int64 system_name = 3; int64 filename = 4; }
`);
const Profile = root.lookupType("Profile");

/** A pprof file with every reference resolved. */
export interface PprofFile {
  /** For instance `cpu/nanoseconds`, in the order of the values. */
  sampleTypes: string[];
  defaultSampleType: string;
  period: { type: string; value: bigint };
  timeNanos: bigint;
  samples: {
    /** Leaf first. */
    frames: { name: string; mapping: string }[];
    values: bigint[];
    labels: Record<string, string>;
  }[];
}

/** The shape that protobufjs gives: 64-bit numbers as text, absent fields with their defaults. */
interface Raw {
  sampleType: { type: string; unit: string }[];
  sample: { locationId: string[]; value: string[]; label: { key: string; str: string }[] }[];
  mapping: { id: string; filename: string }[];
  location: { id: string; mappingId: string; line: { functionId: string }[] }[];
  function: { id: string; name: string }[];
  stringTable: string[];
  timeNanos: string;
  periodType: { type: string; unit: string };
  period: string;
  defaultSampleType: string;
}

export function readPprof(file: Uint8Array): PprofFile {
  const decoded = Profile.decode(gunzipSync(file));
  const raw = Profile.toObject(decoded, { longs: String, defaults: true, arrays: true }) as Raw;
  if (raw.stringTable[0] !== "") throw new Error("the string table does not start with the empty string");
  const text = (index: string): string => {
    const found = raw.stringTable[Number(index)];
    if (found === undefined) throw new Error(`there is no string ${index}`);
    return found;
  };
  const byId = <T extends { id: string }>(entries: T[]): ((id: string) => T) => {
    const map = new Map(entries.map((entry) => [entry.id, entry]));
    if (map.size !== entries.length || map.has("0")) throw new Error("ids are zero or not unique");
    return (id) => {
      const entry = map.get(id);
      if (entry === undefined) throw new Error(`there is no entry ${id}`);
      return entry;
    };
  };
  const mapping = byId(raw.mapping);
  const functionOf = byId(raw.function);
  const location = byId(raw.location);
  const type = (valueType: { type: string; unit: string }): string => `${text(valueType.type)}/${text(valueType.unit)}`;
  return {
    sampleTypes: raw.sampleType.map(type),
    defaultSampleType: text(raw.defaultSampleType),
    period: { type: type(raw.periodType), value: BigInt(raw.period) },
    timeNanos: BigInt(raw.timeNanos),
    samples: raw.sample.map(({ locationId, value, label }) => ({
      frames: locationId.map((id) => {
        const { mappingId, line } = location(id);
        return { name: text(functionOf(line[0]?.functionId ?? "").name), mapping: text(mapping(mappingId).filename) };
      }),
      values: value.map(BigInt),
      labels: Object.fromEntries(label.map(({ key, str }) => [text(key), text(str)])),
    })),
  };
}

/** The sums of each sample type over all samples. */
export function totalsOf({ sampleTypes, samples }: PprofFile): bigint[] {
  return sampleTypes.map((_, index) => samples.reduce((sum, { values }) => sum + (values[index] ?? 0n), 0n));
}
