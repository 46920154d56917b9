import { Code, ConnectError } from "@connectrpc/connect";
import { type Compression, compressionNegotiate } from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { inflating } from "./inflating.ts";

/**
 * How requests may be compressed. Each is inflated as far as the largest message and no further. Bytes that cannot be
 * inflated are the caller's fault: of some, such as those that end too early, the library would say INTERNAL.
 */
export const compressions: Compression[] = [compressionGzip, compressionBrotli].map((compression) => ({
  ...compression,
  async decompress(bytes, readMaxBytes) {
    try {
      return await inflating(() => compression.decompress(bytes, readMaxBytes));
    } catch (error) {
      if (ConnectError.from(error).code === Code.ResourceExhausted) throw error;
      throw new ConnectError(
        `request is no whole ${compression.name}`,
        Code.InvalidArgument,
        undefined,
        undefined,
        error,
      );
    }
  },
}));

let last: { readonly accepted: string | null; readonly compression: Compression | null } | undefined;

/** How an answer may be compressed, by what its caller accepts. What was found last is kept: nearly all accept the same. */
export function acceptedCompression(accepted: string | null): Compression | null {
  if (last?.accepted !== accepted) {
    const { response: compression } = compressionNegotiate(compressions, null, accepted, "accept-encoding");
    last = { accepted, compression };
  }
  return last.compression;
}
