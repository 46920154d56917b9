import { ArnFormat, Stack } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { QUEUES } from "../../shared/resources.ts";
import type { StackOptions } from "../options/read-options.ts";
import type { Storage } from "../storage/storage.ts";
import { createFunction } from "./create-function.ts";
import { consumeQueue, puttingOff, workingOff } from "./queue-consumer.ts";

/** The function that delivers to collectors. */
export function createTaskForwarder(scope: Construct, options: StackOptions, storage: Storage): LambdaFunction {
  const { tableArns, queues, profiles, settings } = storage;
  const created = createFunction(scope, "TaskForwarder", options, {
    name: "task-forwarder",
    description: "Delivers tasks and profiles to collectors, and notes how that went",
    settings,
    memory: 512,
    timeoutSeconds: QUEUES.deliveries.handlerTimeoutSeconds,
    permissions: [
      ...workingOff("deliveries", queues.deliveries),
      puttingOff(queues.deliveries),
      {
        sid: "ReadRecords",
        why: "Where deliveries stand is read before they are tried, many with one request.",
        actions: ["dynamodb:BatchGetItem"],
        resources: [tableArns.tasks, tableArns.profiles],
      },
      {
        sid: "RecordOutcomes",
        why: "How an attempt went is noted on the record.",
        actions: ["dynamodb:UpdateItem"],
        resources: [tableArns.tasks, tableArns.profiles],
      },
      {
        sid: "ReadCollectors",
        why: "A delivery goes to its collector as it is set now.",
        actions: ["dynamodb:GetItem"],
        resources: [tableArns.collectors],
      },
      {
        sid: "NoteHealth",
        why: "A collector that is gone, or has failed for days, is paused.",
        actions: ["dynamodb:UpdateItem"],
        resources: [tableArns.collectors],
      },
      {
        sid: "ReadProfiles",
        why: "Profiles are sent to collectors, or a link to them that is signed with this role.",
        actions: ["s3:GetObject"],
        resources: [profiles.arnForObjects("*")],
        wildcard: "Each profile is an object of its own; only this bucket is open.",
      },
      {
        sid: "TellExpiredProfiles",
        why: "Without it S3 says of an expired profile that access is denied, and not that it is gone.",
        actions: ["s3:ListBucket"],
        resources: [profiles.bucketArn],
      },
      {
        sid: "ReadSecrets",
        why: "Secrets and headers of collectors may stand in Secrets Manager.",
        actions: ["secretsmanager:GetSecretValue"],
        resources: [secretsOf(scope, options.prefix), ...options.collectorSecrets],
        wildcard:
          "Secrets Manager ends each ARN with six characters of its own; only secrets named after the stack are open.",
      },
    ],
  });
  consumeQueue(created, "deliveries", queues.deliveries.queue, options.forwarderConcurrency);
  return created;
}

function secretsOf(scope: Construct, prefix: string): string {
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  return Stack.of(scope).formatArn({
    service: "secretsmanager",
    resource: "secret",
    resourceName: `${prefix}/*`,
    arnFormat,
  });
}
