import {
  create,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import type { Random } from "./random.ts";
import { textFor } from "./texts.ts";

/** How deep messages nest at most, and how many values a list holds. */
const MAX_DEPTH = 6;
const LIST = { usual: 3, most: 60 };

const INT32 = [0, 1, -1, 3, 600, 86_400, 2 ** 31 - 1, -(2 ** 31)];
const INT64 = [0n, 1n, -1n, 1_767_225_600_000n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)];
const DOUBLES = [
  0,
  -0,
  1,
  80,
  93.5,
  -1,
  1e308,
  -1e308,
  5e-324,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

/** A message that its schema takes, with whatever in it. */
export function randomMessage<Desc extends DescMessage>(random: Random, desc: Desc, depth = 0): Message {
  const content: Record<string, unknown> = {};
  for (const field of desc.fields) {
    if (field.oneof !== undefined) continue;
    if (random.chance(0.8)) content[field.localName] = valueFor(random, field, depth);
  }
  for (const oneof of desc.oneofs) {
    const field = random.pick(oneof.fields);
    if (random.chance(0.85))
      content[oneof.localName] = { case: field.localName, value: valueFor(random, field, depth) };
  }
  return create(desc, content as never);
}

function valueFor(random: Random, field: DescField, depth: number): unknown {
  switch (field.fieldKind) {
    case "list": {
      const count = depth >= MAX_DEPTH ? 0 : random.whole(0, random.chance(0.01) ? LIST.most : LIST.usual);
      const one = (): unknown => {
        if (field.listKind === "message") return randomMessage(random, field.message, depth + 1);
        if (field.listKind === "enum") return random.whole(-1, 7);
        return scalarOf(random, field.scalar, field.localName);
      };
      return Array.from({ length: count }, one);
    }
    case "message":
      return depth >= MAX_DEPTH ? undefined : randomMessage(random, field.message, depth + 1);
    case "enum":
      return random.chance(0.9) ? random.pick(field.enum.values).number : random.pick([-1, 99, 2 ** 31 - 1]);
    case "scalar":
      return scalarOf(random, field.scalar, field.localName);
    default:
      throw new Error(`${field} is of a kind that no message of ours has`);
  }
}

function scalarOf(random: Random, scalar: ScalarType, field: string): unknown {
  switch (scalar) {
    case ScalarType.STRING:
      return textFor(random, field);
    case ScalarType.BOOL:
      return random.chance(0.5);
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return random.pick(DOUBLES);
    case ScalarType.BYTES:
      return random.bytes(random.whole(0, 20));
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return random.pick(INT64);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return random.pick([0n, 1n, 2n ** 64n - 1n]);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return random.pick([0, 1, 2, 2 ** 32 - 1]);
    default:
      return random.pick(INT32);
  }
}

export function binaryOf(desc: DescMessage, message: Message): Buffer {
  return Buffer.from(toBinary(desc, message));
}

/** The message as JSON; undefined for one that JSON cannot hold. */
export function jsonOf(desc: DescMessage, message: Message): unknown {
  try {
    return toJson(desc, message);
  } catch {
    return undefined; // a timestamp past the year 9999, for instance
  }
}
