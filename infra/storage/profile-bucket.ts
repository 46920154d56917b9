import { Aws, Duration, RemovalPolicy } from "aws-cdk-lib";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { StackOptions } from "../options/read-options.ts";

/** The bucket that keeps profiles until they expire: for nobody but the functions, over TLS only. */
export function createProfileBucket(
  scope: Construct,
  { prefix, stage, profileBucket, profileRetentionDays }: StackOptions,
): Bucket {
  const bucket = new Bucket(scope, "Profiles", {
    // Bucket names are one namespace for all of AWS, hence the account.
    bucketName: profileBucket ?? `${prefix.toLowerCase()}-profiles-${Aws.ACCOUNT_ID}-${Aws.REGION}`,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    removalPolicy: stage === "production" ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    lifecycleRules: [
      {
        id: "expire",
        expiration: Duration.days(profileRetentionDays),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
  });
  acknowledge(
    bucket,
    "AwsSolutions-S1",
    "Server access logs would cost more than the profiles, which expire within days; CloudTrail's data events do it where an audit asks.",
  );
  return bucket;
}
