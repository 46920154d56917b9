import { createQueueReader } from "../../../shared/aws/queue-reader.ts";
import { ageText } from "../../../shared/diagnosis/age-text.ts";
import { isLate, type OpenDeliveries, openDeliveries } from "../../../shared/diagnosis/open-deliveries.ts";
import { waitingMessages } from "../../../shared/diagnosis/waiting-messages.ts";
import { queueName } from "../../../shared/resources.ts";
import { counted } from "../counted.ts";
import { type Line, NEWEST_TASKS } from "../line.ts";

interface DeliveryFacts {
  /** Messages in the queue of deliveries, about: tasks' and profiles', those in hand or put off among them. */
  queued: number;
  /** Whether nobody takes them from there. */
  isStuck: boolean;
  ofTasks: OpenDeliveries;
}

export const deliveries: Line<DeliveryFacts> = {
  name: "deliveries",
  async gather({ sqs, stack, newestTasks }) {
    const [{ messages, isStuck }, newest] = await Promise.all([
      waitingMessages(createQueueReader(sqs, queueName(stack, "deliveries")).count),
      newestTasks(),
    ]);
    return { queued: messages, isStuck, ofTasks: openDeliveries(newest, NEWEST_TASKS) };
  },
  show({ queued, isStuck, ofTasks }, { now, commandLine }) {
    const { pending, retrying, oldestAt, tasks, isCutOff } = ofTasks;
    const scope = isCutOff ? ` (of the newest ${tasks} tasks)` : "";
    const oldest = oldestAt === null ? "" : `, oldest ${ageText(Date.parse(oldestAt), now)}`;
    const text = `${pending} pending, ${retrying} retrying${oldest}${scope}; ${counted(queued, "message")} queued${isStuck ? " and not worked off" : ""}`;
    if (isStuck) return { state: "warning", text, advice: commandLine("doctor") };
    const isWaiting = pending > 0 && isLate(ofTasks, now);
    if (retrying === 0 && !isWaiting) return { state: "good", text };
    const statuses = [...(isWaiting ? ["pending"] : []), ...(retrying > 0 ? ["retrying"] : [])];
    const which = statuses.map((status) => ` --status ${status}`).join("");
    return { state: "warning", text, advice: commandLine(`deliveries list${which}`) };
  },
};
