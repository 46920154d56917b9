import type { CfnResource } from "aws-cdk-lib";
import { CfnEventSourceMapping, CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnQueue } from "aws-cdk-lib/aws-sqs";
import { compliantIf, NOT_APPLICABLE, type Rule } from "./rule.ts";
import { logicalId, referenced, siblings } from "./same-stack.ts";

const LAMBDA_DEFAULT_TIMEOUT_SECONDS = 3;
const SQS_DEFAULT_VISIBILITY_SECONDS = 30;

/** A message stays hidden for as long as Lambda may need with it, its own retries of a throttled call included. */
export const visibilityTimeout: Rule = {
  name: "VisibilityTimeout",
  info: "The queue shows messages again while the function may still work on them.",
  explanation:
    "A visibility timeout of six times the function's timeout, and the batch window on top: AWS Lambda Developer Guide, Configuring a queue to use with Lambda.",
  check(resource) {
    if (!(resource instanceof CfnEventSourceMapping)) return NOT_APPLICABLE;
    const queueId = referenced(resource, resource.eventSourceArn);
    const queue = siblings(resource, isQueue).find((queue) => logicalId(queue) === queueId);
    if (queue === undefined) return NOT_APPLICABLE;
    const functionId = referenced(resource, resource.functionName);
    const consumer = siblings(resource, isFunction).find((consumer) => logicalId(consumer) === functionId);
    if (consumer === undefined) return compliantIf(false); // nobody could tell
    const needed =
      6 * (consumer.timeout ?? LAMBDA_DEFAULT_TIMEOUT_SECONDS) + (resource.maximumBatchingWindowInSeconds ?? 0);
    return compliantIf((queue.visibilityTimeout ?? SQS_DEFAULT_VISIBILITY_SECONDS) >= needed);
  },
};

function isQueue(resource: CfnResource): resource is CfnQueue {
  return resource instanceof CfnQueue;
}

function isFunction(resource: CfnResource): resource is CfnFunction {
  return resource instanceof CfnFunction;
}
