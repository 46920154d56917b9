import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  create,
  type DescField,
  type DescFile,
  type DescMessage,
  fromBinary,
  fromJson,
  type Message,
  ScalarType,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as shapes from "../../functions/replacements/descriptor-shapes.ts";
import { fromBinary as readDescriptor } from "../../functions/replacements/read-descriptor.ts";
import { bundle } from "../../infra/bundle.ts";
import * as described from "../support/described-files.ts";
import { temporaryFolder } from "../support/world.ts";

const DESCRIBED: readonly [name: string, file: DescFile][] = Object.entries(described);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let bundled: Record<string, DescFile>;

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const [name, text] of bundle("test/support/described-files.ts").code)
    writeFileSync(join(folder.path, name), text);
  bundled = await import(join(folder.path, "index.mjs"));
});
afterAll(() => folder.remove());

it("every generated file is looked at", () => {
  const generated = readdirSync(new URL("../../shared/gen", import.meta.url), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("_pb.js"))
    .map((file) => `file_${file.replace("_pb.js", "").replaceAll(/[/-]/g, "_")}`);
  expect(DESCRIBED.map(([name]) => name)).toEqual(expect.arrayContaining(generated));
});

describe.each(DESCRIBED)("%s, as it is bundled", (name, file) => {
  it("is described as the library describes it, to the last option", () => {
    const differences: string[] = [];
    compare(bundled[name], file, name, differences, new Map());
    expect(differences).toEqual([]);
  });

  it("writes and reads every message as the library does, in bytes and in JSON", () => {
    const messages = [...nestedTypes(bundled[name] as DescFile)].filter((type) => type.kind === "message");
    const originals = [...nestedTypes(file)].filter((type) => type.kind === "message");
    expect(messages).toHaveLength(originals.length);
    for (const [index, message] of messages.entries()) {
      const original = originals[index] as DescMessage;
      const sample = sampleOf(original);
      const bytes = toBinary(original, sample);
      expect(toBinary(message, sampleOf(message))).toEqual(bytes);
      expect(fromBinary(message, bytes)).toEqual(sample);
      if (file === described.file_google_protobuf_any) continue; // is JSON only with a message in it
      const json = toJson(original, sample);
      expect(toJson(message, sample)).toEqual(json);
      expect(fromJson(message, json)).toEqual(sample);
    }
  });
});

it("what is not listed of a description fails, and does not pass for less than it is", () => {
  const sourceCodeInfo = new Uint8Array([(9 << 3) | 2, 0]);
  expect(() => readDescriptor(shapes.FileDescriptorProtoSchema, sourceCodeInfo)).toThrow(
    "FileDescriptorProto has field 9; add it to functions/replacements/descriptor-shapes.ts",
  );
});

it("Connect finds the same numbers for what a method may do", () => {
  expect(MethodOptions_IdempotencyLevel).toMatchObject(shapes.MethodOptions_IdempotencyLevel);
});

/** Goes through two values side by side, prototypes included, and round in no circle. Functions are compared by what they return. */
function compare(a: unknown, b: unknown, path: string, differences: string[], seen: Map<unknown, unknown>): void {
  if (typeof a === "function" && typeof b === "function") {
    if (path.endsWith(".getDefaultValue")) compare(a(), b(), `${path}()`, differences, seen);
  } else if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
    if (!Object.is(a, b)) differences.push(`${path}: ${String(a)}, not ${String(b)}`);
  } else if (!seen.has(a)) {
    seen.set(a, b);
    const keys = Object.keys(b);
    if (Object.keys(a).sort().join() !== keys.toSorted().join())
      differences.push(`${path}: ${Object.keys(a)}, not ${keys}`);
    for (const key of keys) compare(Reflect.get(a, key), Reflect.get(b, key), `${path}.${key}`, differences, seen);
    const [prototypeOfA, prototypeOfB] = [Object.getPrototypeOf(a), Object.getPrototypeOf(b)];
    if (prototypeOfB === Object.prototype || Array.isArray(b)) {
      if (prototypeOfA !== prototypeOfB) differences.push(`${path}: another prototype`);
    } else compare(prototypeOfA, prototypeOfB, `${path}(prototype)`, differences, seen);
  } else if (seen.get(a) !== b) differences.push(`${path}: another object`);
}

/** A message with something in each of its fields, messages within messages three deep. */
function sampleOf(message: DescMessage, depth = 3): Message {
  const sample = create(message) as Message & Record<string, unknown>;
  for (const member of message.members) {
    if (member.kind === "oneof") {
      const [field] = member.fields.filter(({ message: within }) => within === undefined || depth > 0);
      if (field !== undefined) sample[member.localName] = { case: field.localName, value: fieldValue(field, depth) };
    } else if (member.fieldKind === "list") {
      sample[member.localName] = depth > 0 ? [fieldValue(member, depth), fieldValue(member, depth)] : [];
    } else if (member.fieldKind === "map") {
      sample[member.localName] = depth > 0 ? { key: fieldValue(member, depth) } : {};
    } else if (member.message === undefined || depth > 0) {
      sample[member.localName] = fieldValue(member, depth);
    }
  }
  return sample;
}

const NUMBER = 7;

function fieldValue({ message, enum: enumeration, scalar }: DescField, depth: number): unknown {
  if (message !== undefined) return sampleOf(message, depth - 1);
  if (enumeration !== undefined) return enumeration.values.at(-1)?.number;
  switch (scalar) {
    case ScalarType.STRING:
      return "text";
    case ScalarType.BOOL:
      return true;
    case ScalarType.BYTES:
      return new Uint8Array([NUMBER]);
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return BigInt(NUMBER);
    default:
      return NUMBER;
  }
}
