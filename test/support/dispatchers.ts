import { create, toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createDeliveryQueue } from "../../shared/deliveries/delivery-queue.ts";
import { createDispatcher } from "../../shared/deliveries/dispatcher.ts";
import { Unavailable } from "../../shared/errors.ts";
import { CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { type TaskMessage, TaskMessageSchema } from "../../shared/gen/flashpoint/v1/queue_pb.js";
import { ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { readDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { noMetrics } from "../../shared/metrics.ts";
import type { Services } from "../../shared/services.ts";

const PAGER = {
  name: "pager",
  enabled: true,
  services: ["*"],
  events: ["tasks", "profiles"],
  targets: ["ON_CPU", "OFF_CPU", "NETWORK"],
} as const;

/** What a dispatcher keeps its records in. */
export type DispatcherStores = Pick<Services, "reportStore" | "taskStore" | "profileStore">;

/** A dispatcher on real tables for one collector, with a queue that can be told to fail. */
export function dispatcherOf({ reportStore, taskStore, profileStore }: DispatcherStores) {
  const sent: string[] = [];
  /** How many messages it takes in all before it is away. */
  let takes = Number.POSITIVE_INFINITY;
  const send = async ({ body }: { body: string }): Promise<void> => sendAll([{ body }]);
  const sendAll = async (messages: readonly { body: string }[]): Promise<void> => {
    for (const { body } of messages) {
      if (sent.length === takes) throw new Unavailable("SQS cannot be reached");
      sent.push(readDeliveryMessage(body).eventId);
    }
  };
  const dispatch = createDispatcher({
    reportStore,
    taskStore,
    profileStore,
    listCollectors: async () => [PAGER],
    deliveryQueue: createDeliveryQueue({ send, sendAll }),
    metrics: noMetrics,
  });
  const takeOnly = (count: number): void => {
    takes = count;
  };
  return { dispatch, sent, takeOnly };
}

/** A task and a profile of it, as messages. Tasks of which the same is said now are one report that came twice. */
export function messagesOf(taskId: string, profileId = `profile of ${taskId}`, said = taskId) {
  const body = (event: TaskMessage["event"]) =>
    toJsonString(TaskMessageSchema, create(TaskMessageSchema, { version: 1, event }));
  const at = timestampFromMs(Date.now());
  const task = create(ProfilingTaskSchema, { taskId, processName: said, reportedAt: at });
  const profile = create(CollectedProfileSchema, {
    taskId,
    profileId,
    collectedAt: at,
    objectKey: `file of ${taskId}`,
  });
  return {
    task: body({ case: "taskReported", value: task }),
    profile: body({ case: "profileCollected", value: profile }),
  };
}
