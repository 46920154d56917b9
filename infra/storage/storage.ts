import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import type { TableId } from "../../shared/resources.ts";
import type { Settings } from "../../shared/settings.ts";
import type { StackOptions } from "../options/read-options.ts";
import { createProfileBucket } from "./profile-bucket.ts";
import { createQueues, type Queues } from "./queues.ts";
import { createTables, type Tables, tableArns } from "./tables.ts";

/** What holds state, and how programs are told of it. */
export interface Storage {
  readonly tables: Tables;
  readonly tableArns: Readonly<Record<TableId, string>>;
  readonly queues: Queues;
  readonly profiles: Bucket;
  readonly settings: Settings;
}

export function createStorage(scope: Construct, options: StackOptions): Storage {
  const profiles = createProfileBucket(scope, options);
  return {
    tables: createTables(scope, options),
    tableArns: tableArns(scope, options),
    queues: createQueues(scope, options),
    profiles,
    settings: { ...options.settings, FLASHPOINT_PROFILE_BUCKET: profiles.bucketName },
  };
}
