import { GetObjectCommand, NoSuchKey, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { NotFound } from "../errors.ts";

/** Reads files in S3, by the SDK's client for it. That is large: whoever may not need it imports this when it does. */
export interface S3Reader {
  /**
   * @param range what of the file, as HTTP's Range says it; all of it if that is not given.
   * @throws NotFound if there is no such file.
   */
  get(bucket: string, key: string, options: { abortSignal: AbortSignal; range?: string }): Promise<Uint8Array>;
  /** An address from which anybody can GET the file for so many seconds from a moment on. */
  link(bucket: string, key: string, options: { expiresIn: number; signingDate: Date }): Promise<string>;
  destroy(): void;
}

export function createS3Reader(config: S3ClientConfig): S3Reader {
  const client = new S3Client(config);
  return {
    async get(Bucket, Key, { abortSignal, range: Range }) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, Range }), { abortSignal });
        if (Body === undefined) throw new Error("S3 answers without a body");
        return await Body.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) throw new NotFound(`there is no file ${Key}`);
        throw error;
      }
    },
    link: (Bucket, Key, options) => getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), options),
    destroy: () => client.destroy(),
  };
}
