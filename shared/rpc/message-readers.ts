import { type DescMethod, fromBinary, type Message } from "@bufbuild/protobuf";
import { readPolicyQueryJson } from "../agent/policy-query-json.ts";
import { readPolicyQuery } from "../agent/policy-query-reader.ts";
import { ContinuousProfilingService } from "../gen/ebpf/profiling/Continuous_pb.js";

/** Makes a message of bytes. @throws if they are none. */
export type MessageReader = (bytes: Uint8Array) => Message;

/** Makes a message of bytes in JSON, if it is in a form that it knows. */
type JsonReader = (bytes: Uint8Array) => Message | undefined;

/** Calls that come so often that reading them has its own code. */
const FREQUENT = new Map<DescMethod, { readonly binary: MessageReader; readonly json: JsonReader }>([
  [ContinuousProfilingService.method.queryPolicies, { binary: readPolicyQuery, json: readPolicyQueryJson }],
]);

/** How the requests of a method are read. */
export function readerOf(method: DescMethod): MessageReader {
  return FREQUENT.get(method)?.binary ?? ((bytes) => fromBinary(method.input, bytes));
}

/** The same of JSON. @param otherwise reads those that have no reader of their own, or that it does not know. */
export function jsonReaderOf(method: DescMethod, otherwise: MessageReader): MessageReader {
  const read = FREQUENT.get(method)?.json;
  return read === undefined ? otherwise : (bytes) => read(bytes) ?? otherwise(bytes);
}
