import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import type { CountedStack } from "./counted-stack.ts";

/** Largest profile that is unpacked. */
const MAX_BYTES = 64 * 1_024 * 1_024;

/**
 * The stacks in a gzipped pprof file with their sample counts.
 * @throws if it is none, or counts no samples.
 */
export function pprofStacks(file: Uint8Array): CountedStack[] {
  const profile = Profile.decode(gunzipSync(file, { maxOutputLength: MAX_BYTES }));
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "";
  const nameOf = new Map(profile.function.map(({ id, name }) => [Number(id), text(name)]));
  const symbolOf = new Map(
    profile.location.map(({ id, line: [line] }) => [Number(id), nameOf.get(Number(line?.functionId)) ?? ""]),
  );
  const counted = profile.sampleType.findIndex(({ type }) => text(type) === "samples");
  if (counted < 0) throw new Error("the profile counts no samples");
  return profile.sample.map(({ locationId, value }) => ({
    symbols: locationId.map((id) => symbolOf.get(Number(id)) ?? ""),
    count: Number(value[counted] ?? 0),
  }));
}
