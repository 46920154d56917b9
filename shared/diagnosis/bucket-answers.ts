import { withinDeadline } from "../aws/deadline.ts";
import type { S3Reader } from "../aws/s3-reader.ts";
import { NotFound, Unavailable } from "../errors.ts";

/** What a read of a file that is not there tells of a bucket. */
export type BucketAnswer = "readable" | "not allowed";

/**
 * Whether a bucket is there, by a read that costs next to nothing. Without the permission to list it, S3 says of a file that
 * is not there that it may not be read, whatever may be read.
 * @throws Unavailable if S3 does not answer, or there is no such bucket.
 */
export async function bucketAnswers(reader: Pick<S3Reader, "get">, bucket: string): Promise<BucketAnswer> {
  try {
    await withinDeadline("S3", (abortSignal) =>
      reader.get(bucket, "flashpoint-status", { abortSignal, range: "bytes=0-0" }),
    );
    return "readable";
  } catch (error) {
    if (error instanceof NotFound) return "readable";
    if (error instanceof Unavailable && (error.cause as Error | undefined)?.name === "AccessDenied")
      return "not allowed";
    throw error;
  }
}
