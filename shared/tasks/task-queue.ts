import type { Scope } from "../access/scope.ts";
import type { Queue } from "../aws/queue.ts";
import { LimitExceeded } from "../errors.ts";
import type { CollectedProfile } from "../gen/flashpoint/v1/profile_pb.js";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import { writeTaskMessage } from "../messages/task-message.ts";

/** SQS takes 256 KiB everywhere and DynamoDB items of 400 KB; the task travels inside both. */
export const MAX_TASK_MESSAGE_BYTES = 200 * 1_024;

/** Puts what agents sent on the tasks queue: from then on it is safe. */
export interface TaskQueue {
  /**
   * @param deadlineMs how long SQS may take at most, if not as long as any engine.
   * @throws LimitExceeded if the task is too large to travel.
   * @throws Unavailable if SQS did not take it.
   */
  sendTask(task: ProfilingTask, deadlineMs?: number): Promise<void>;
  /**
   * @param scope the services that their agent may speak for; not none, which would be read as all.
   * @throws Unavailable if SQS did not take them all; some may have gone out.
   */
  sendProfiles(profiles: readonly CollectedProfile[], scope?: Scope): Promise<void>;
}

export function createTaskQueue(queue: Pick<Queue, "send" | "sendAll">): TaskQueue {
  return {
    async sendTask(task, deadlineMs) {
      const body = writeTaskMessage({ case: "taskReported", value: task });
      const bytes = Buffer.byteLength(body);
      if (bytes > MAX_TASK_MESSAGE_BYTES) {
        throw new LimitExceeded(`report is too large: ${bytes} bytes as a message, at most ${MAX_TASK_MESSAGE_BYTES}`);
      }
      await queue.send({ body }, deadlineMs);
    },
    async sendProfiles(profiles, scope) {
      const messages = profiles.map((profile) => ({
        body: writeTaskMessage({ case: "profileCollected", value: profile }, scope),
      }));
      const [only, ...more] = messages;
      if (only !== undefined && more.length === 0) await queue.send(only);
      else await queue.sendAll(messages);
    },
  };
}
