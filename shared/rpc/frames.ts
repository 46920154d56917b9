const PREFIX_BYTES = 5;

/** A message with the five bytes that gRPC and gRPC-web put before each: flags, and its length. */
export function framed(flags: number, bytes: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + bytes.byteLength);
  frame.writeUInt8(flags, 0);
  frame.writeUInt32BE(bytes.byteLength, 1);
  frame.set(bytes, PREFIX_BYTES);
  return frame;
}

/** The one message of a body, not compressed; undefined if there is none, or anything else. */
export function onlyFrame<Bytes extends Uint8Array>(body: Bytes): Bytes | undefined {
  if (body.byteLength < PREFIX_BYTES || body[0] !== 0) return undefined;
  const length = new DataView(body.buffer, body.byteOffset, PREFIX_BYTES).getUint32(1);
  return length === body.byteLength - PREFIX_BYTES ? (body.subarray(PREFIX_BYTES) as Bytes) : undefined;
}
