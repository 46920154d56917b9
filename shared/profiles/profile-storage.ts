import type { S3Client } from "@aws-sdk/client-s3";
import { withinDeadline } from "../aws/deadline.ts";
import { NotFound, Unavailable } from "../errors.ts";

/** The bucket of profiles. Every call is bounded in time. */
export interface ProfileStorage {
  /** @throws Unavailable if S3 did not take the file; it may be there all the same. */
  put(key: string, file: Uint8Array): Promise<void>;
  /** Deletes files, be they there or not. @throws Unavailable if S3 did not delete all of them. */
  delete(keys: readonly string[]): Promise<void>;
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

/** Most files that S3 deletes with one request. */
const MAX_DELETED = 1_000;

export function createProfileStorage(options: {
  s3: () => Promise<S3Client>;
  bucket: string;
  linkSeconds: number;
  now?: () => number;
}): ProfileStorage {
  const { s3, bucket: Bucket, linkSeconds, now = Date.now } = options;
  // The SDK's part for S3 is loaded with the first profile: most processes never see one.
  const commands = () => import("@aws-sdk/client-s3");

  /** @throws NotFound if there is no such file. */
  async function get(Key: string, abortSignal: AbortSignal, Range?: string): Promise<Uint8Array> {
    const [client, { GetObjectCommand, NoSuchKey }] = await Promise.all([s3(), commands()]);
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, Range }), { abortSignal });
      if (Body === undefined) throw new Error("S3 answers without a body");
      return await Body.transformToByteArray();
    } catch (error) {
      if (error instanceof NoSuchKey) throw new NotFound(`profile ${Key} has expired`);
      throw error;
    }
  }

  return {
    async put(Key, Body) {
      await withinDeadline("S3", async (abortSignal) => {
        const [client, { PutObjectCommand }] = await Promise.all([s3(), commands()]);
        const ContentType = "application/octet-stream";
        await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }), { abortSignal });
      });
    },

    async delete(keys) {
      for (let start = 0; start < keys.length; start += MAX_DELETED) {
        const Objects = keys.slice(start, start + MAX_DELETED).map((Key) => ({ Key }));
        const { Errors = [] } = await withinDeadline("S3", async (abortSignal) => {
          const [client, { DeleteObjectsCommand }] = await Promise.all([s3(), commands()]);
          const Delete = { Objects, Quiet: true };
          return client.send(new DeleteObjectsCommand({ Bucket, Delete }), { abortSignal });
        });
        if (Errors.length > 0) throw new Unavailable(`S3 did not delete ${Errors.length} files: ${Errors[0]?.Code}`);
      }
    },

    read: (Key) => withinDeadline("S3", (abortSignal) => get(Key, abortSignal)),

    async link(Key) {
      // One byte says whether it is there. HEAD would not: it answers the same for a bucket that is not.
      await withinDeadline("S3", (abortSignal) => get(Key, abortSignal, "bytes=0-0"));
      const [client, { GetObjectCommand }, { getSignedUrl }] = await Promise.all([
        s3(),
        commands(),
        import("@aws-sdk/s3-request-presigner"),
      ]);
      const signedAt = now();
      const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), {
        expiresIn: linkSeconds,
        signingDate: new Date(signedAt),
      });
      return { url, expiresAt: signedAt + linkSeconds * 1_000 };
    },
  };
}
