import { BinaryReader } from "@bufbuild/protobuf/wire";
import type { Shape } from "./descriptor-shapes.ts";

/**
 * In the bundles, this is in the place of the library's general reader where generated files are read: what they say of
 * their messages. The general one would have descriptor.proto described first, and walk that description: most of the
 * time that protobuf takes while a function starts.
 * @throws for a part that descriptor-shapes.ts does not list.
 */
export function fromBinary(shape: Shape, bytes: Uint8Array): Record<string, unknown> {
  return readMessage(new BinaryReader(bytes), shape, bytes.byteLength);
}

function readMessage(reader: BinaryReader, shape: Shape, end: number): Record<string, unknown> {
  const { name, fields, lists, defaults } = shape;
  const message: Record<string, unknown> = Object.create(defaults);
  message.$typeName = `google.protobuf.${name}`;
  for (const list of lists) message[list] = [];
  while (reader.pos < end) {
    const [number] = reader.tag();
    const field = fields[number];
    if (field === undefined)
      throw new Error(`${name} has field ${number}; add it to functions/replacements/descriptor-shapes.ts`);
    const [key, kind] = field;
    const value = readValue(reader, kind);
    const listed = message[key];
    if (Array.isArray(listed)) listed.push(value);
    else message[key] = value;
  }
  return message;
}

function readValue(reader: BinaryReader, kind: Shape["fields"][number][1]): unknown {
  switch (kind) {
    case "text":
      return reader.string();
    case "number":
      return reader.int32();
    case "truth":
      return reader.bool();
    default: {
      const bytes = reader.uint32();
      return readMessage(reader, kind, reader.pos + bytes);
    }
  }
}
