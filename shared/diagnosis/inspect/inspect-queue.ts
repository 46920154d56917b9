import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { createQueueUrl } from "../../aws/queue-url.ts";
import { deadLetterQueueName, QUEUES, type QueueId, queueName } from "../../resources.ts";
import { patiently } from "./patiently.ts";
import { type Problem, problemIn } from "./problem.ts";

/** What was found of a queue and of its dead letters. */
export interface InspectedQueue {
  readonly problems: readonly Problem[];
  /** About how many messages there are, those in hand and those put off among them. */
  readonly messages: number;
  /** Undefined: the dead letters could not be looked at. */
  readonly deadLetters: number | undefined;
}

type Attributes = Partial<Record<string, string>>;

/** Looks at one queue and its dead letters: whether both are there, and what cannot be processed goes from one to the other. */
export async function inspectQueue(sqs: SQSClient, stack: string, id: QueueId): Promise<InspectedQueue> {
  const [of, dead] = [queueName(stack, id), deadLetterQueueName(stack, id)];
  const [queue, letters] = await Promise.all([attributesOf(sqs, of), attributesOf(sqs, dead)]);
  const found = "attributes" in queue ? queue.attributes : undefined;
  const buried = "attributes" in letters ? letters.attributes : undefined;
  const wrong = (text: string): Problem => ({ of, kind: "wrong", text, isBearable: true });
  return {
    problems: [
      ...("problem" in queue ? [queue.problem] : []),
      ...("problem" in letters ? [letters.problem] : []),
      ...(found === undefined ? [] : [...redriveProblems(found, dead, id), ...timeProblems(found, id)].map(wrong)),
    ],
    messages: found === undefined ? 0 : countOf(found),
    deadLetters: buried && countOf(buried),
  };
}

async function attributesOf(sqs: SQSClient, of: string): Promise<{ attributes: Attributes } | { problem: Problem }> {
  try {
    const QueueUrl = await createQueueUrl(sqs, of).lookUp();
    const { Attributes = {} } = await patiently("SQS", (options) =>
      sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }), options),
    );
    return { attributes: Attributes };
  } catch (error) {
    const permission = "sqs:GetQueueUrl and sqs:GetQueueAttributes";
    return { problem: problemIn(error, { of, engine: "SQS", permission, isBearable: true }) };
  }
}

function redriveProblems({ RedrivePolicy }: Attributes, dead: string, id: QueueId): string[] {
  const { maxReceives } = QUEUES[id];
  const { deadLetterTargetArn, maxReceiveCount } = parsed(RedrivePolicy);
  if (deadLetterTargetArn === undefined)
    return [`has no redrive policy: what ends its process each time never gets to ${dead}`];
  const target = String(deadLetterTargetArn).split(":").at(-1);
  return [
    ...(target === dead ? [] : [`moves what cannot be processed to ${target}, not to ${dead}`]),
    ...(Number(maxReceiveCount) === maxReceives
      ? []
      : [`moves messages to the dead letters after ${maxReceiveCount} receives, not after ${maxReceives}`]),
  ];
}

function timeProblems({ VisibilityTimeout, MessageRetentionPeriod }: Attributes, id: QueueId): string[] {
  const { visibilityTimeoutSeconds, retentionSeconds } = QUEUES[id];
  const [hidden, kept] = [Number(VisibilityTimeout), Number(MessageRetentionPeriod)];
  return [
    ...(hidden === visibilityTimeoutSeconds
      ? []
      : [`hides messages in hand for ${hidden} s, not for ${visibilityTimeoutSeconds} s`]),
    ...(kept === retentionSeconds ? [] : [`keeps messages for ${kept} s, not for ${retentionSeconds} s`]),
  ];
}

function countOf(attributes: Attributes): number {
  return ["", "NotVisible", "Delayed"].reduce(
    (sum, which) => sum + Number(attributes[`ApproximateNumberOfMessages${which}`] ?? 0),
    0,
  );
}

function parsed(json: string | undefined): { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown } {
  try {
    return { ...JSON.parse(json ?? "{}") };
  } catch {
    return {};
  }
}
