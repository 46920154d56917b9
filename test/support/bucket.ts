import { ListObjectsV2Command, type ListObjectsV2CommandOutput, S3Client } from "@aws-sdk/client-s3";
import type { LocalEngines } from "../../server/local/local-engines.ts";
import type { Config } from "../../shared/config.ts";

/** The bucket of profiles, seen by somebody else. */
export interface Bucket {
  /** The keys of all files in it. */
  keys(): Promise<string[]>;
  close(): void;
}

export function openBucket(config: Pick<Config, "profileBucket">, { aws }: Pick<LocalEngines, "aws">): Bucket {
  const { s3Endpoint: endpoint, region, credentials } = aws;
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  return {
    async keys() {
      const keys: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page: ListObjectsV2CommandOutput = await s3.send(
          new ListObjectsV2Command({ Bucket: config.profileBucket, ContinuationToken }),
        );
        keys.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      return keys;
    },
    close: () => s3.destroy(),
  };
}
