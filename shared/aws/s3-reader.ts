import { NotFound } from "../errors.ts";
import type { S3Requests } from "./s3-requests.ts";

/** Reads files in S3. */
export interface S3Reader {
  /**
   * @param range what of the file, as HTTP's Range says it; all of it if that is not given.
   * @throws NotFound if there is no such file.
   */
  get(bucket: string, key: string, options: { abortSignal: AbortSignal; range?: string }): Promise<Uint8Array>;
  /** An address from which anybody can GET the file for so many seconds from a moment on. */
  link(bucket: string, key: string, options: { expiresIn: number; signingDate: Date }): Promise<string>;
}

export function createS3Reader({ send, link }: Pick<S3Requests, "send" | "link">): S3Reader {
  return {
    async get(bucket, key, { abortSignal, range }) {
      try {
        const headers = range === undefined ? {} : { range };
        return await send({ method: "GET", bucket, key, headers }, abortSignal);
      } catch (error) {
        if ((error as Error).name === "NoSuchKey") throw new NotFound(`there is no file ${key}`);
        throw error;
      }
    },
    link: (bucket, key, options) => link({ bucket, key }, options),
  };
}
