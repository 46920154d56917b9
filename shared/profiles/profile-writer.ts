import { withinDeadline } from "../aws/deadline.ts";
import type { S3Sender } from "../aws/s3-sender.ts";

/** Puts profiles into the bucket. Every call is bounded in time. */
export interface ProfileWriter {
  /** @throws Unavailable if S3 did not take the file; it may be there all the same. */
  put(key: string, file: Uint8Array): Promise<void>;
  /** Deletes files, be they there or not. @throws Unavailable if S3 did not delete all of them. */
  delete(keys: readonly string[]): Promise<void>;
}

/** Files that are deleted at once. */
const DELETED_AT_ONCE = 20;

export function createProfileWriter(options: { s3: S3Sender; bucket: string }): ProfileWriter {
  const { s3, bucket } = options;
  return {
    put: (key, file) => withinDeadline("S3", (signal) => s3.put(bucket, key, file, signal)),
    async delete(keys) {
      for (let start = 0; start < keys.length; start += DELETED_AT_ONCE) {
        const some = keys.slice(start, start + DELETED_AT_ONCE);
        await withinDeadline("S3", (signal) => Promise.all(some.map((key) => s3.delete(bucket, key, signal))));
      }
    },
  };
}
