import { BinaryReader, type WireType } from "@bufbuild/protobuf/wire";
import type {
  ContinuousProfilingPolicyQuery,
  ContinuousProfilingServicePolicyQuery,
} from "../gen/ebpf/profiling/Continuous_pb.js";

/** Tags as they stand on the wire: field number and "length-delimited" in one number. */
const TAG = { policies: (1 << 3) | 2, serviceName: (1 << 3) | 2, uuid: (2 << 3) | 2 };

/** Bytes of the longest tag. */
const LONGEST_TAG = 5;
const LAST_WIRE_TYPE: WireType = 5;
/** How deep groups of unknown fields may nest, as the library has it. */
const MOST_GROUPS = 99;

/**
 * Reads a poll from its bytes. Almost every call is one, and the library's general way, which walks a description of
 * the message, costs twice as much time and garbage. Fields that are not known are skipped.
 * @throws if the bytes are no such message.
 */
export function readPolicyQuery(bytes: Uint8Array): ContinuousProfilingPolicyQuery {
  const reader = new BinaryReader(bytes);
  const textOf = readingText(bytes);
  const policies: ContinuousProfilingServicePolicyQuery[] = [];
  while (reader.pos < reader.len) {
    const tag = readTag(reader);
    if (tag === TAG.policies || isField(tag, 1)) policies.push(readService(reader, textOf));
    else skip(reader, tag, MOST_GROUPS);
  }
  return { $typeName: "skywalking.v3.ContinuousProfilingPolicyQuery", policies };
}

function readService(reader: BinaryReader, textOf: ReadText): ContinuousProfilingServicePolicyQuery {
  const length = reader.uint32();
  const end = reader.pos + length;
  let serviceName = "";
  let uuid = "";
  while (reader.pos < end) {
    const tag = readTag(reader);
    if (tag === TAG.serviceName || isField(tag, 1)) serviceName = textOf(reader);
    else if (tag === TAG.uuid || isField(tag, 2)) uuid = textOf(reader);
    else skip(reader, tag, MOST_GROUPS - 1);
  }
  if (reader.pos !== end) throw new RangeError("a field ends outside of its service");
  return { $typeName: "skywalking.v3.ContinuousProfilingServicePolicyQuery", serviceName, uuid };
}

type ReadText = (reader: BinaryReader) => string;

/**
 * Reads a text of these bytes: of the names and ids of a poll nearly all are ASCII, which Node cuts out of bytes in half
 * of the time that it takes to look for UTF-8.
 */
function readingText(bytes: Uint8Array): ReadText {
  // Not by toString, which takes longer to find out that it is this than this takes; Node's types know the one alone.
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as Buffer & {
    latin1Slice(start: number, end: number): string;
  };
  return (reader) => {
    const before = reader.pos;
    const length = reader.uint32();
    const start = reader.pos;
    const end = start + length;
    if (end <= reader.len && isAscii(bytes, start, end)) {
      reader.pos = end;
      return buffer.latin1Slice(start, end);
    }
    reader.pos = before;
    return reader.string(true);
  };
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let all = 0;
  for (let index = start; index < end; index++) all |= bytes[index] as number;
  return all <= 0x7f;
}

/** The library's own check of a tag, for those alone that are long enough to need it: all that are known have one byte. */
function readTag(reader: BinaryReader): number {
  const start = reader.pos;
  const tag = reader.uint32();
  if (reader.pos - start < LONGEST_TAG) return tag;
  reader.pos = start;
  const [field, wireType] = reader.tag();
  return ((field << 3) | wireType) >>> 0;
}

/** Whatever wire type it claims to be of, as the library has it: the same bytes say the same on every road. */
function isField(tag: number, field: number): boolean {
  return tag >>> 3 === field && (tag & 7) <= LAST_WIRE_TYPE;
}

function skip(reader: BinaryReader, tag: number, mostGroups: number): void {
  const field = tag >>> 3;
  if (field === 0) throw new RangeError("field number 0");
  reader.skip((tag & 7) as WireType, field, mostGroups);
}
