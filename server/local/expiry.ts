import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { DeleteCommand, ScanCommand, type ScanCommandOutput } from "@aws-sdk/lib-dynamodb";
import type { AwsClients } from "../../shared/aws/clients.ts";
import { isConditionFailure } from "../../shared/aws/refusals.ts";
import type { Config } from "../../shared/config.ts";
import type { Logger } from "../../shared/log.ts";
import { TABLES, type TableDefinition, type TableId, tableName } from "../../shared/resources.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface Expiry {
  /** Returns once a run at hand has ended, which it does after its next request. */
  stop(): Promise<void>;
}

interface ExpiryOptions {
  config: Pick<Config, "stack" | "profileBucket" | "profileRetentionDays">;
  aws: Pick<AwsClients, "documents">;
  s3: S3Client;
  now: () => number;
}

/** Does what the TTL of tables and the lifecycle rule of the bucket do in AWS: deletes what has expired, once an hour. */
export function startExpiry({ log, ...options }: ExpiryOptions & { log: Logger }): Expiry {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    try {
      await deleteExpired(options, stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted)
        log.warn({ err: error }, "what has expired was not deleted; trying again in an hour");
    }
  };
  let running = run();
  const timer = setInterval(() => {
    running = running.then(run);
  }, HOUR_MS);
  timer.unref();
  return {
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await running;
    },
  };
}

/**
 * Deletes every item and every profile whose time is over.
 * @param stopping makes it end before its next request. One at hand is not cut off: the embedded engine would go on with
 *     it, while its files are closed perhaps.
 */
export async function deleteExpired(options: ExpiryOptions, stopping: AbortSignal): Promise<void> {
  for (const [id, definition] of Object.entries(TABLES)) {
    await deleteItems(options, tableName(options.config.stack, id as TableId), definition, stopping);
  }
  await deleteProfiles(options, stopping);
}

async function deleteItems(
  { aws: { documents }, now }: ExpiryOptions,
  TableName: string,
  { key, sortKey, ttl }: TableDefinition,
  stopping: AbortSignal,
): Promise<void> {
  if (ttl === undefined) return;
  const expired = {
    ExpressionAttributeNames: { "#ttl": ttl },
    ExpressionAttributeValues: { ":now": Math.floor(now() / 1_000) },
  };
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    stopping.throwIfAborted();
    const page: ScanCommandOutput = await documents.send(
      new ScanCommand({ TableName, FilterExpression: "#ttl < :now", ...expired, ExclusiveStartKey }),
    );
    for (const item of page.Items ?? []) {
      const Key = { [key]: item[key], ...(sortKey !== undefined && { [sortKey]: item[sortKey] }) };
      // Only if it still is: it may have been written anew since.
      const condition = { ConditionExpression: "#ttl < :now", ...expired };
      stopping.throwIfAborted();
      await documents.send(new DeleteCommand({ TableName, Key, ...condition })).catch(ignoreRenewed);
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}

async function deleteProfiles({ config, s3, now }: ExpiryOptions, stopping: AbortSignal): Promise<void> {
  const Bucket = config.profileBucket;
  const oldest = now() - config.profileRetentionDays * DAY_MS;
  let ContinuationToken: string | undefined;
  do {
    stopping.throwIfAborted();
    const page: ListObjectsV2CommandOutput = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
    for (const { Key, LastModified } of page.Contents ?? []) {
      if (LastModified === undefined || LastModified.getTime() > oldest) continue;
      stopping.throwIfAborted();
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

function ignoreRenewed(error: Error): void {
  if (!isConditionFailure(error)) throw error;
}
