import { withinDeadline } from "../aws/deadline.ts";
import type { S3Reader } from "../aws/s3-reader.ts";
import { NotFound } from "../errors.ts";

/** Takes profiles from the bucket. Every call is bounded in time. */
export interface ProfileReader {
  /**
   * @throws NotFound once the file has expired.
   * @throws Unavailable if S3 does not give it.
   */
  read(key: string): Promise<Uint8Array>;
  /**
   * An address from which anybody can GET the file without credentials, until `expiresAt` (ms since the epoch).
   * @throws NotFound once the file has expired.
   * @throws Unavailable if S3 does not say whether it is there.
   */
  link(key: string): Promise<{ url: string; expiresAt: number }>;
}

export function createProfileReader(options: {
  s3: S3Reader;
  bucket: string;
  linkSeconds: number;
  now?: () => number;
}): ProfileReader {
  const { s3, bucket, linkSeconds, now = Date.now } = options;

  async function get(key: string, range?: string): Promise<Uint8Array> {
    try {
      return await withinDeadline("S3", (abortSignal) =>
        s3.get(bucket, key, { abortSignal, ...(range !== undefined && { range }) }),
      );
    } catch (error) {
      if (error instanceof NotFound) throw new NotFound(`profile ${key} has expired`);
      throw error;
    }
  }

  return {
    read: (key) => get(key),
    async link(key) {
      // One byte says whether it is there. HEAD would not: it answers the same for a bucket that is not.
      await get(key, "bytes=0-0");
      const signedAt = now();
      const url = await s3.link(bucket, key, { expiresIn: linkSeconds, signingDate: new Date(signedAt) });
      return { url, expiresAt: signedAt + linkSeconds * 1_000 };
    },
  };
}
