import { GetQueueUrlCommand, PurgeQueueCommand } from "@aws-sdk/client-sqs";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { v7 as uuidv7 } from "uuid";
import { type AwsOptions, createAwsClients } from "../../shared/aws/clients.ts";
import { createQueue } from "../../shared/aws/queue.ts";
import { createQueueReader, type HeldMessage, type QueueReader } from "../../shared/aws/queue-reader.ts";
import { TaskProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { writeDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { deadLetterQueueName, type QueueId } from "../../shared/resources.ts";
import type { Services } from "../../shared/services.ts";
import { profileCollected, taskReported } from "./delivered-events.ts";
import { until } from "./until.ts";

/** The dead letters of a queue, as whoever puts them there and whoever looks at them sees them. */
export interface DeadLetters {
  readonly reader: QueueReader;
  put(body: string, reason: string): Promise<void>;
  /** Waits until so many can be received, and gives them by body; they stay, hidden for a second. */
  lying(count: number): Promise<Map<string, HeldMessage>>;
  /** Waits until so many can be received; they stay. */
  shown(count: number): Promise<void>;
  /** Takes all away. */
  purge(): Promise<void>;
  close(): void;
}

export function openDeadLetters(aws: Required<AwsOptions>, stack: string, queue: QueueId): DeadLetters {
  const clients = createAwsClients(aws);
  const name = deadLetterQueueName(stack, queue);
  const sending = createQueue(clients.sqs, name);
  const reader = createQueueReader(clients.sqs, name);

  async function shown(count: number): Promise<void> {
    await until(`${count} messages on ${name}`, async () => {
      // The embedded queue shows those whose time is up only when it is asked for them, and counts what it hands out as
      // hidden, be it for no time.
      const handedOut = await reader.receive(0);
      return handedOut.length + (await reader.count()).visible === count ? true : undefined;
    });
  }

  return {
    reader,
    put: (body, reason) => sending.sendWithReason(body, reason),
    async lying(count) {
      await shown(count);
      const held: HeldMessage[] = [];
      for (let batch = await reader.receive(60); batch.length > 0; batch = await reader.receive(60))
        held.push(...batch);
      await reader.release(held);
      return new Map(held.map((message) => [message.body, message]));
    },
    shown,
    async purge() {
      const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
      await clients.sqs.send(new PurgeQueueCommand({ QueueUrl }));
    },
    close: () => clients.destroy(),
  };
}

type Stores = Pick<Services, "taskStore" | "profileStore">;

/** Records a new task with deliveries to these collectors. @returns its id and the message to each. */
export async function recordedTask(
  { taskStore }: Stores,
  { serviceName = "checkout", collectors = ["hook"] }: { serviceName?: string; collectors?: readonly string[] } = {},
): Promise<{ taskId: string; body(collector?: string): string }> {
  const { task } = taskReported({ taskId: uuidv7(), serviceName, reportedAt: now() });
  await taskStore.record(task, collectors);
  return {
    taskId: task.taskId,
    body: (collector = "hook") => writeDeliveryMessage({ case: "taskReported", value: task }, collector),
  };
}

/** Records a new profile of a recorded task, with deliveries to these collectors. Its file is not made. */
export async function recordedProfile(
  { taskStore, profileStore }: Stores,
  taskId: string,
  collectors: readonly string[],
  objectKey = "",
): Promise<{ profileId: string; body(collector?: string): string }> {
  const record = await taskStore.get(taskId);
  if (record === undefined) throw new Error(`no task ${taskId}`);
  const { task } = record;
  const { profile } = profileCollected({}, { profile: { taskId, profileId: uuidv7(), collectedAt: now(), objectKey } });
  await profileStore.record(profile, collectors);
  return {
    profileId: profile.profileId,
    body: (collector = "hook") =>
      writeDeliveryMessage(
        { case: "profileCollected", value: create(TaskProfileSchema, { task, profile }) },
        collector,
      ),
  };
}

const now = () => timestampFromMs(Date.now());
