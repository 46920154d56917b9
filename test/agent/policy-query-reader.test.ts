import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readPolicyQuery } from "../../shared/agent/policy-query-reader.ts";
import {
  type ContinuousProfilingPolicyQuery,
  ContinuousProfilingPolicyQuerySchema,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";

const schema = ContinuousProfilingPolicyQuerySchema;

/** What the service looks at. */
function servicesOf({ policies }: ContinuousProfilingPolicyQuery): [string, string][] {
  return policies.map(({ serviceName, uuid }) => [serviceName, uuid]);
}

const queries = fc.array(fc.record({ serviceName: fc.string({ unit: "binary" }), uuid: fc.string() }), {
  maxLength: 20,
});

test("every query reads as the library reads it", () => {
  fc.assert(
    fc.property(queries, (policies) => {
      const bytes = toBinary(schema, create(schema, { policies }));
      expect(servicesOf(readPolicyQuery(bytes))).toEqual(policies.map(({ serviceName, uuid }) => [serviceName, uuid]));
    }),
  );
});

test("bytes of any kind read as a query or are refused, and never past their end", () => {
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(queries, fc.nat(), fc.nat(255), fc.nat(4)).map(([policies, at, byte, cut]) => {
      const bytes = toBinary(schema, create(schema, { policies }));
      const changed = bytes.slice(0, Math.max(1, bytes.length - cut));
      changed[at % changed.length] = byte;
      return changed;
    }),
  );
  fc.assert(
    fc.property(garbage, (bytes) => {
      let services: [string, string][];
      try {
        services = servicesOf(readPolicyQuery(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        return;
      }
      const characters = services.flat().join("").length;
      expect(characters).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ["a service without a name, cut off", "0a05"],
  ["text that is no UTF-8", "0a030a01ff"],
  ["a field that ends outside of its service", "0a030a0561626364"],
  ["field number 0", "0000"],
])("%s is refused", (_what, hex) => {
  expect(() => readPolicyQuery(new Uint8Array(Buffer.from(hex, "hex")))).toThrow();
});

test.each([
  ["an unknown field beside the services", "12026162"],
  ["an unknown field within a service", "0a07" + "0a01611a026263"],
  ["a service named twice in one entry", "0a06" + "0a01610a0162"],
  ["nothing", ""],
])("%s reads as by the library", (_what, hex) => {
  const bytes = new Uint8Array(Buffer.from(hex, "hex"));
  expect(servicesOf(readPolicyQuery(bytes))).toEqual(servicesOf(fromBinary(schema, bytes)));
});
