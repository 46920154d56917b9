import { create, type DescField, type DescMessage, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import fc from "fast-check";

const MAX_LIST = 3;
const MAX_DEPTH = 5;
const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** Every message that a schema takes: any strings, enums and numbers, fields and repeated ones missing or there. */
export function anyMessage<Desc extends DescMessage>(desc: Desc, depth = 0): fc.Arbitrary<MessageShape<Desc>> {
  const alone = desc.fields.filter(({ oneof }) => oneof === undefined);
  const fields = Object.fromEntries(alone.map((field) => [field.localName, valueFor(field, depth)]));
  const oneofs = desc.oneofs.map((oneof): [string, fc.Arbitrary<unknown>] => [
    oneof.localName,
    fc.oneof(
      ...oneof.fields.map((field) => fc.record({ case: fc.constant(field.localName), value: valueFor(field, depth) })),
    ),
  ]);
  return fc
    .record({ ...fields, ...Object.fromEntries(oneofs) }, { requiredKeys: [] })
    .map((content) => create(desc, content as never));
}

function valueFor(field: DescField, depth: number): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "list": {
      if (depth >= MAX_DEPTH) return fc.constant([]);
      const one = field.listKind === "message" ? anyMessage(field.message, depth + 1) : singleOf(field);
      return fc.array(one as fc.Arbitrary<unknown>, { maxLength: MAX_LIST });
    }
    case "message":
      return depth >= MAX_DEPTH ? fc.constant(undefined) : anyMessage(field.message, depth + 1);
    default:
      return singleOf(field);
  }
}

function singleOf(field: DescField): fc.Arbitrary<unknown> {
  // Numbers that no value has a name for stay what they are, on the wire as here.
  if (field.enum !== undefined)
    return fc.oneof(fc.constantFrom(...field.enum.values.map(({ number }) => number)), fc.integer(INT32));
  switch (field.scalar) {
    case ScalarType.STRING:
      return fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("checkout", "pod-1", "java", "rover-1"));
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.DOUBLE:
      return fc.double();
    case ScalarType.BYTES:
      return fc.uint8Array();
    case ScalarType.INT64:
      return fc.bigInt(INT64);
    case ScalarType.UINT32:
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case ScalarType.INT32:
      return fc.integer(INT32);
    default:
      throw new Error(`${field} is of a kind that no message of an agent has`);
  }
}
