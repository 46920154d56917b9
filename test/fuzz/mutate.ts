import type { Random } from "./random.ts";

/** Bytes that decoders stumble over: long varints, lengths beyond any end, group tags, the tags of field 0. */
const ODD_BYTES = [
  Buffer.from("ffffffffffffffffff01", "hex"),
  Buffer.from("ffffffff0f", "hex"),
  Buffer.from("80808080808080808080", "hex"),
  Buffer.from("0b0c", "hex"),
  Buffer.from("00", "hex"),
  Buffer.from("0a7f", "hex"),
  Buffer.from("eda080", "hex"), // half of a surrogate pair
  Buffer.from("1f8b0800", "hex"),
];

/** The same bytes, with one to four faults. */
export function mutated(random: Random, bytes: Buffer): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let faults = random.whole(1, 4); faults > 0; faults--) changed = mutatedOnce(random, changed);
  return changed;
}

function mutatedOnce(random: Random, bytes: Buffer): Buffer {
  const at = random.whole(0, Math.max(bytes.length - 1, 0));
  const end = random.whole(at, bytes.length);
  switch (random.whole(0, 6)) {
    case 0: // a bit
      if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.whole(0, 7));
      return bytes;
    case 1: // a byte
      if (bytes.length > 0) bytes[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.whole(0, 255)]);
      return bytes;
    case 2: // cut off
      return bytes.subarray(0, at);
    case 3: // a piece is missing
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 4: // a piece comes twice
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 5: // something stands between
      return Buffer.concat([bytes.subarray(0, at), random.pick(ODD_BYTES), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.whole(1, 16)), bytes.subarray(end)]);
  }
}

/**
 * A message in the frame of gRPC, gRPC-web and Connect's streams: five bytes of flags and length, which may lie.
 * @param lies how likely.
 */
export function frameOf(random: Random, message: Buffer, lies: number, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  const isLying = random.chance(lies);
  head.writeUInt8(isLying && random.chance(0.5) ? random.pick([0, 1, 2, 3, 0x80, 0xff]) : flag, 0);
  head.writeUInt32BE(isLying && random.chance(0.7) ? lieAbout(random, message.length) : message.length, 1);
  return Buffer.concat([head, message]);
}

function lieAbout(random: Random, length: number): number {
  return random.pick([0, 1, length + 1, Math.max(length - 1, 0), 2 ** 20, 2 ** 20 + 1, 2 ** 31, 2 ** 32 - 1]);
}

/** Cuts bytes into up to `most` pieces, as a network may. */
export function inPieces(random: Random, bytes: Buffer, most: number): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let left = random.whole(0, most - 1); left > 0 && from < bytes.length; left--) {
    const to = random.whole(from, bytes.length);
    pieces.push(bytes.subarray(from, to));
    from = to;
  }
  return [...pieces, bytes.subarray(from)];
}
