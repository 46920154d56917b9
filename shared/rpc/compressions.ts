import { Code, ConnectError } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
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
