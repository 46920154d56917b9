import { BinaryReader, type WireType } from "@bufbuild/protobuf/wire";
import type {
  ContinuousProfilingPolicyQuery,
  ContinuousProfilingServicePolicyQuery,
} from "../gen/ebpf/profiling/Continuous_pb.js";

/** Tags as they stand on the wire: field number and "length-delimited" in one number. */
const TAG = { policies: (1 << 3) | 2, serviceName: (1 << 3) | 2, uuid: (2 << 3) | 2 };

/**
 * Reads a poll from its bytes. Almost every call is one, and the library's general way, which walks a description of
 * the message, costs twice as much time and garbage. Fields that are not known are skipped.
 * @throws if the bytes are no such message.
 */
export function readPolicyQuery(bytes: Uint8Array): ContinuousProfilingPolicyQuery {
  const reader = new BinaryReader(bytes);
  const policies: ContinuousProfilingServicePolicyQuery[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === TAG.policies) policies.push(readService(reader));
    else skip(reader, tag);
  }
  return { $typeName: "skywalking.v3.ContinuousProfilingPolicyQuery", policies };
}

function readService(reader: BinaryReader): ContinuousProfilingServicePolicyQuery {
  const length = reader.uint32();
  const end = reader.pos + length;
  let serviceName = "";
  let uuid = "";
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === TAG.serviceName) serviceName = reader.string(true);
    else if (tag === TAG.uuid) uuid = reader.string(true);
    else skip(reader, tag);
  }
  if (reader.pos !== end) throw new RangeError("a field ends outside of its service");
  return { $typeName: "skywalking.v3.ContinuousProfilingServicePolicyQuery", serviceName, uuid };
}

function skip(reader: BinaryReader, tag: number): void {
  const field = tag >>> 3;
  if (field === 0) throw new RangeError("field number 0");
  reader.skip((tag & 7) as WireType, field);
}
