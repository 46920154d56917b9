import { gzipSync } from "node:zlib";
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  ContinuousProfilingPolicyQuerySchema,
  ContinuousProfilingReportSchema,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { anyMessage } from "../support/any-message.ts";
import { compare, QUERY_PATH, type Sent } from "../support/two-roads.ts";

const PREFIX_BYTES = 5;
const QUERY = { policies: [{ serviceName: "checkout", uuid: "a".repeat(64) }] };
const MESSAGE = toBinary(ContinuousProfilingPolicyQuerySchema, create(ContinuousProfilingPolicyQuerySchema, QUERY));
const JSON_TEXT = Buffer.from(JSON.stringify(QUERY));

/** One name more than may be sent. */
const LARGE_QUERY = { policies: [{ serviceName: "x".repeat(1_024 * 1_024), uuid: "" }] };
const LARGE_MESSAGE = toBinary(
  ContinuousProfilingPolicyQuerySchema,
  create(ContinuousProfilingPolicyQuerySchema, LARGE_QUERY),
);
const LARGE: Record<string, Uint8Array> = {
  "application/proto": LARGE_MESSAGE,
  "application/json": Buffer.from(JSON.stringify(LARGE_QUERY)),
};

function framed(bytes: Uint8Array, flags = 0): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt8(flags, 0);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

const FORMS: [type: string, body: Uint8Array][] = [
  ["application/proto", MESSAGE],
  ["application/json", JSON_TEXT],
  ["application/grpc-web", framed(MESSAGE)],
  ["application/grpc-web+proto", framed(MESSAGE)],
];

describe.each(FORMS)("a call as %s hears what Connect alone would say", (type, body) => {
  const encodings: Record<string, string>[] = [
    {},
    { "accept-encoding": "gzip", "grpc-accept-encoding": "gzip" },
    { "accept-encoding": "zstd, br", "grpc-accept-encoding": "zstd,br" },
    { "accept-encoding": "identity", "grpc-accept-encoding": "identity" },
    { "accept-encoding": "", "grpc-accept-encoding": "" },
  ];

  it.each(["", "short", "later short", "later"])("where it goes well: %j, plainly", async (what) => {
    for (const encoding of encodings) {
      const { statusCode, plain } = await compare({
        headers: { "content-type": type, "x-do": what, ...encoding },
        body,
      });
      expect([statusCode, plain]).toEqual([200, 1]);
    }
  });

  it.each(["long", "later long", "headers", "later headers"])("where it is no short answer: %j", async (what) => {
    for (const encoding of encodings) {
      await compare({ headers: { "content-type": type, "x-do": what, ...encoding }, body });
    }
  });

  it.each(["refuse", "later refuse", "break", "later break"])("where it fails: %j", async (what) => {
    for (const encoding of encodings) {
      const { answered, plain } = await compare({ headers: { "content-type": type, "x-do": what, ...encoding }, body });
      expect([answered, plain]).toEqual([[what], 0]);
    }
  });

  it.each(["refuse", "later refuse"])(
    "where its token is refused: %j; the service hears nothing of it",
    async (gate) => {
      for (const sent of [body, Buffer.from("no message")]) {
        const { answered } = await compare({ headers: { "content-type": type, "x-gate": gate }, body: sent });
        expect(answered).toEqual([]);
      }
    },
  );

  it("where its token takes a while", async () => {
    const { plain } = await compare({ headers: { "content-type": type, "x-gate": "later", "x-do": "short" }, body });
    expect(plain).toBe(1);
  });

  it("of the other method", async () => {
    const path = "/skywalking.v3.ContinuousProfilingService/reportProfilingTask";
    const empty = type === "application/json" ? Buffer.from("{}") : framed(Buffer.alloc(0));
    await compare({ path, headers: { "content-type": type, "x-do": "short" }, body: empty });
  });

  it.each<[string, Sent]>([
    ["no body", {}],
    ["half of a body", { body: body.subarray(0, body.length / 2) }],
    ["bytes behind it", { body: Buffer.concat([body, Buffer.from([0])]) }],
    ["a whole field behind it", { body: Buffer.concat([body, Buffer.from([0x10, 1])]) }],
    ["less than the beginning of a frame", { body: Buffer.from([0, 0, 0]) }],
    ["the message twice", { body: Buffer.concat([body, body]) }],
    ["a frame that says it is compressed", { body: framed(MESSAGE, 1) }],
    ["a frame of trailers", { body: framed(MESSAGE, 0x80) }],
    ["a frame whose length is a lie", { body: Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]) }],
    ["compressed", { headers: { "content-encoding": "gzip", "grpc-encoding": "gzip" }, body: gzipSync(body) }],
    ["a compressed frame", { headers: { "grpc-encoding": "gzip" }, body: framed(gzipSync(MESSAGE), 1) }],
    ["not compressed, though it says so", { headers: { "content-encoding": "gzip", "grpc-encoding": "br" }, body }],
    ["a compression that nobody knows", { headers: { "content-encoding": "rot13", "grpc-encoding": "rot13" }, body }],
    ["no compression, said so", { headers: { "content-encoding": "identity", "grpc-encoding": "identity" }, body }],
    ["a blank compression", { headers: { "content-encoding": "", "grpc-encoding": "" }, body }],
    ["one header alone that says it is compressed", { headers: { "content-encoding": "gzip" }, body }],
    ["the other header alone that says so", { headers: { "grpc-encoding": "br" }, body }],
    ["one header alone with a deadline that is none", { headers: { "connect-timeout-ms": "soon" }, body }],
    ["the other header alone with a deadline that is none", { headers: { "grpc-timeout": "soon" }, body }],
    ["a deadline", { headers: { "connect-timeout-ms": "1000", "grpc-timeout": "1S" }, body }],
    ["a deadline that is none", { headers: { "connect-timeout-ms": "soon", "grpc-timeout": "soon" }, body }],
    ["a length that is less", { headers: { "content-length": "3" }, body }],
    ["a length that is more", { headers: { "content-length": "99999" }, body }],
    ["a length that is none", { headers: { "content-length": "many" }, body }],
    ["a length above the largest", { headers: { "content-length": "99999999" }, body }],
    ["too large", { body: Buffer.alloc(1_024 * 1_024 + 1) }],
    ["a good message that is too large", { body: LARGE[type] ?? framed(LARGE_MESSAGE) }],
    ["too large in its frame", { body: framed(Buffer.alloc(1_024 * 1_024 + 1)) }],
    ["larger than a whole request may be", { body: Buffer.alloc(4 * 1_024 * 1_024 + 1) }],
    [
      "a field of the wrong type",
      { body: type.includes("proto") ? framed(Buffer.from([8, 1])) : Buffer.from('{"policies":1}') },
    ],
    ["a message that is none", { body: framed(Buffer.from([0x0a, 0xff])) }],
    ["text that is no UTF-8", { body: framed(Buffer.from([0x0a, 3, 0x0a, 1, 0xff])) }],
    ["another version of Connect", { headers: { "connect-protocol-version": "2" }, body }],
    ["another path", { path: "/skywalking.v3.ContinuousProfilingService/queryPolicies/", body }],
    ["a path in capitals", { path: "/skywalking.v3.ContinuousProfilingService/QueryPolicies", body }],
    ["a query behind it", { path: `${QUERY_PATH}?connect=v1&encoding=json`, body }],
    ["GET", { method: "GET", body }],
    ["GET with a query", { method: "GET", path: `${QUERY_PATH}?connect=v1&encoding=json&message=%7B%7D` }],
    ["PUT", { method: "PUT", body }],
    ["post in small letters", { method: "post", body }],
  ])("with %s", async (_what, sent) => {
    for (const what of ["", "short"]) {
      await compare({ ...sent, headers: { "content-type": type, "x-do": what, ...sent.headers } });
    }
  });
});

test.each([
  "",
  "application/proto; charset=utf-8",
  "application/json; charset=utf-8",
  "APPLICATION/PROTO",
  "application/x-protobuf",
  "application/connect+proto",
  "application/grpc",
  "application/grpc+proto",
  "application/grpc-web+json",
  "application/grpc-web-text",
  "application/grpc-web-text+proto",
  "text/plain",
  "constructor",
  "__proto__",
])("content-type %j hears what Connect alone would say, whatever it brings", async (type) => {
  for (const [, body] of FORMS) await compare({ headers: { "content-type": type, "x-do": "short" }, body });
  await compare({ headers: { "x-do": "short" }, body: MESSAGE });
});

const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  anyMessage(ContinuousProfilingPolicyQuerySchema).map((message) =>
    toBinary(ContinuousProfilingPolicyQuerySchema, message),
  ),
  anyMessage(ContinuousProfilingReportSchema).map((message) => toBinary(ContinuousProfilingReportSchema, message)),
  anyMessage(ContinuousProfilingPolicyQuerySchema).map((message) => {
    // Names that are no whole characters cannot stand in JSON, as the library has it.
    const policies = message.policies.map((policy) => ({
      ...policy,
      serviceName: policy.serviceName.toWellFormed(),
      uuid: policy.uuid.toWellFormed(),
    }));
    return Buffer.from(toJsonString(ContinuousProfilingPolicyQuerySchema, { ...message, policies }));
  }),
);
const usualHeaders = fc.record(
  {
    "content-type": fc.constantFrom(...FORMS.map(([type]) => type)),
    "x-do": fc.constantFrom("", "short", "long", "refuse", "break", "headers", "later long", "later refuse"),
    "x-gate": fc.constantFrom("", "refuse", "later", "later refuse"),
    "accept-encoding": fc.constantFrom("gzip", "br", "gzip;q=0", "*", " gzip , br"),
    "grpc-accept-encoding": fc.constantFrom("gzip", "br", "identity,gzip"),
  },
  { requiredKeys: ["content-type"] },
);
const demands = fc.record(
  {
    "content-encoding": fc.constantFrom("gzip", "identity", "br"),
    "grpc-encoding": fc.constantFrom("gzip", "identity"),
    "connect-timeout-ms": fc.constantFrom("10000", "-1", "99999999999"),
    "grpc-timeout": fc.constantFrom("10S", "10", "H"),
    "content-length": fc.nat(60).map(String),
  },
  { requiredKeys: [] },
);
const anyHeaders = fc
  .tuple(usualHeaders, fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: demands }))
  .map(([usual, more]): Record<string, string> => ({ ...usual, ...more }));

test("any bytes with any of the headers that protocols know hear what Connect alone would say", async () => {
  let answeredPlainly = 0;
  await fc.assert(
    fc.asyncProperty(anyBody, fc.boolean(), anyHeaders, async (bytes, isFramed, headers) => {
      const { plain } = await compare({ headers, body: isFramed ? framed(bytes) : bytes });
      answeredPlainly += plain;
    }),
    { numRuns: 500 },
  );
  expect(answeredPlainly).toBeGreaterThan(0);
});
