import type { S3Requests } from "./s3-requests.ts";

/** Puts files into S3 and deletes them. */
export interface S3Sender {
  /** @throws an error like the SDK's, with its name and $metadata. */
  put(bucket: string, key: string, file: Uint8Array, signal: AbortSignal): Promise<void>;
  /** No error if there is no such file. @throws as `put` does. */
  delete(bucket: string, key: string, signal: AbortSignal): Promise<void>;
}

export function createS3Sender({ send }: Pick<S3Requests, "send">): S3Sender {
  return {
    async put(bucket, key, body, signal) {
      const headers = { "content-length": String(body.byteLength), "content-type": "application/octet-stream" };
      await send({ method: "PUT", bucket, key, headers, body }, signal);
    },
    async delete(bucket, key, signal) {
      await send({ method: "DELETE", bucket, key }, signal);
    },
  };
}
