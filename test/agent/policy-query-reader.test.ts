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
  ["a tag that is longer than a number of 32 bits", "80808080810000"],
  ["a known tag, written longer than any may be", "8a808080800000"],
  ["a tag past 32 bits", "ffffffff1f"],
])("%s is refused", (_what, hex) => {
  expect(() => readPolicyQuery(new Uint8Array(Buffer.from(hex, "hex")))).toThrow();
});

test.each([
  ["an unknown field beside the services", "12026162"],
  ["an unknown field within a service", "0a07" + "0a01611a026263"],
  ["a service named twice in one entry", "0a06" + "0a01610a0162"],
  ["services in a field that claims to be a number", "08040a026162"],
  ["a name in a field that claims to be a number", "0a0408026162"],
  ["nothing", ""],
])("%s reads as by the library", (_what, hex) => {
  const bytes = new Uint8Array(Buffer.from(hex, "hex"));
  expect(servicesOf(readPolicyQuery(bytes))).toEqual(servicesOf(fromBinary(schema, bytes)));
});

test("of any bytes it makes what the library makes of them, but for fields that end outside of their service", () => {
  const read = (bytes: Uint8Array, reader: (bytes: Uint8Array) => ContinuousProfilingPolicyQuery) => {
    try {
      return servicesOf(reader(bytes));
    } catch (error) {
      return String(error).includes("ends outside of its service") ? "refused for where it ends" : "refused";
    }
  };
  // Tags and lengths that can mean something, so that most do.
  const tag = fc.oneof(
    fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 7 }))
      .map(([field, type]) => [(field << 3) | type]),
    fc.constantFrom([0x0a], [0x12], [0x92, 0x00], [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
  );
  const piece = fc.oneof(
    tag,
    fc.nat(9).map((length) => [length]),
    fc.array(fc.nat(255), { maxLength: 5 }),
  );
  const wire = fc.array(piece, { maxLength: 14 }).map((pieces) => new Uint8Array(pieces.flat()));
  fc.assert(
    fc.property(wire, (bytes) => {
      const seen = read(bytes, readPolicyQuery);
      // The library lets such a field reach into what comes after it.
      if (seen !== "refused for where it ends") expect(seen).toEqual(read(bytes, (all) => fromBinary(schema, all)));
    }),
    { numRuns: 20_000 },
  );
});
