import { create, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readPolicyQueryJson } from "../../shared/agent/policy-query-json.ts";
import {
  type ContinuousProfilingPolicyQuery,
  ContinuousProfilingPolicyQuerySchema,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";

const schema = ContinuousProfilingPolicyQuerySchema;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What the service looks at. */
function servicesOf({ policies }: ContinuousProfilingPolicyQuery): [string, string][] {
  return policies.map(({ serviceName, uuid }) => [serviceName, uuid]);
}

/** What the library makes of it, as Connect calls it. */
function readByLibrary(bytes: Uint8Array): [string, string][] | "refused" {
  try {
    const text = new TextDecoder().decode(bytes);
    return servicesOf(fromJsonString(schema, text, { ignoreUnknownFields: true }));
  } catch {
    return "refused";
  }
}

/** @returns undefined if it leaves it to the library. */
function read(bytes: Uint8Array): [string, string][] | undefined {
  const query = readPolicyQueryJson(bytes);
  return query === undefined ? undefined : servicesOf(query);
}

test.each([
  ["as protobuf-es writes it", '{"policies":[{"serviceName":"a","uuid":"1"},{"serviceName":"b","uuid":"2"}]}'],
  ["without ids, as at an agent's start", '{"policies":[{"serviceName":"a"},{"serviceName":"b"}]}'],
  [
    "with white space, as protobuf-go writes it",
    '{"policies":[{"serviceName":"a", "uuid":"1"},  {"serviceName":"b"}]}',
  ],
  ["on lines of its own", '\r\n{\n\t"policies" : [ { "serviceName" : "a" , "uuid" : "1" } ]\n}\n'],
  ["in any script", '{"policies":[{"serviceName":"größe::支付","uuid":""}]}'],
])("a poll %s is read, and as the library reads it", (_how, text) => {
  const services = read(bytesOf(text));
  expect(services).toBeDefined();
  expect(services).toEqual(readByLibrary(bytesOf(text)));
});

test.each([
  ["a name that stands there twice", '{"policies":[{"serviceName":"a","serviceName":"b"}]}'],
  ["an escape", '{"policies":[{"serviceName":"a\\u0041"}]}'],
  ["half a character", '{"policies":[{"serviceName":"\\ud800"}]}'],
  ["a control character", '{"policies":[{"serviceName":"a\u0000"}]}'],
  ["a name as it is in the contract's file", '{"policies":[{"service_name":"a"}]}'],
  ["a name that is not known", '{"policies":[{"serviceName":"a","more":1}]}'],
  ["a number for a text", '{"policies":[{"serviceName":1}]}'],
  ["null", '{"policies":[{"serviceName":null}]}'],
  ["another order", '{"policies":[{"uuid":"1","serviceName":"a"}]}'],
  ["a comma too many", '{"policies":[{"serviceName":"a"},]}'],
  ["more behind its end", '{"policies":[{"serviceName":"a"}]}}'],
  ["an end too early", '{"policies":[{"serviceName":"a"}'],
  ["no services", '{"policies":[]}'],
  ["nothing", ""],
])("%s is left to the library", (_what, text) => {
  expect(read(bytesOf(text))).toBeUndefined();
});

test("whatever it reads, it reads as the library does", () => {
  const service = fc.record({ serviceName: fc.string({ unit: "binary" }), uuid: fc.string() });
  const written = fc
    .array(service, { maxLength: 5 })
    .map((policies) => bytesOf(toJsonString(schema, create(schema, { policies }))));
  // A byte of it changed, so that most of it still means something.
  const changed = fc
    .tuple(written, fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...bytesOf('"\\{}[],: \n'))))
    .map(([bytes, at, byte]) => bytes.with(at % bytes.length, byte));
  let known = 0;
  fc.assert(
    fc.property(fc.oneof(written, changed), (bytes) => {
      const services = read(bytes);
      if (services === undefined) return;
      known++;
      expect(services).toEqual(readByLibrary(bytes));
    }),
    { numRuns: 10_000 },
  );
  expect(known).toBeGreaterThan(1_000);
});

test("white space without end takes no time to pass over", () => {
  const text = `{"policies":[{"serviceName":"a"${" ".repeat(1_000_000)}x`;
  expect(read(bytesOf(text))).toBeUndefined();
});
