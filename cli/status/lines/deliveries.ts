import { createQueueReader } from "../../../shared/aws/queue-reader.ts";
import { ageText } from "../../../shared/diagnosis/age-text.ts";
import { type OpenDeliveries, openDeliveries } from "../../../shared/diagnosis/open-deliveries.ts";
import { queueName } from "../../../shared/resources.ts";
import { counted } from "../counted.ts";
import { type Line, NEWEST_TASKS } from "../line.ts";

interface DeliveryFacts {
  /** Messages in the queue of deliveries, about: tasks' and profiles', those in hand or put off among them. */
  queued: number;
  ofTasks: OpenDeliveries;
}

export const deliveries: Line<DeliveryFacts> = {
  name: "deliveries",
  async gather({ sqs, stack, newestTasks }) {
    const [{ visible, hidden }, newest] = await Promise.all([
      createQueueReader(sqs, queueName(stack, "deliveries")).count(),
      newestTasks(),
    ]);
    return { queued: visible + hidden, ofTasks: openDeliveries(newest, NEWEST_TASKS) };
  },
  show({ queued, ofTasks }, { now, commandLine }) {
    const { pending, retrying, oldestAt, tasks, isCutOff } = ofTasks;
    const scope = isCutOff ? ` (of the newest ${tasks} tasks)` : "";
    const oldest = oldestAt === null ? "" : `, oldest ${ageText(Date.parse(oldestAt), now)}`;
    const text = `${pending} pending, ${retrying} retrying${oldest}${scope}; ${counted(queued, "message")} queued`;
    if (retrying === 0) return { state: "good", text };
    return { state: "warning", text, advice: commandLine("deliveries list --status retrying") };
  },
};
