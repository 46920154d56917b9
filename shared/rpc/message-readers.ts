import { type DescMethod, fromBinary, type Message } from "@bufbuild/protobuf";
import { readPolicyQuery } from "../agent/policy-query-reader.ts";
import { ContinuousProfilingService } from "../gen/ebpf/profiling/Continuous_pb.js";

/** Makes a message of bytes. @throws if they are none. */
export type MessageReader = (bytes: Uint8Array) => Message;

/** Calls that come so often that reading them has its own code. */
const FREQUENT = new Map<DescMethod, MessageReader>([
  [ContinuousProfilingService.method.queryPolicies, readPolicyQuery],
]);

/** How the requests of a method are read. */
export function readerOf(method: DescMethod): MessageReader {
  return FREQUENT.get(method) ?? ((bytes) => fromBinary(method.input, bytes));
}
