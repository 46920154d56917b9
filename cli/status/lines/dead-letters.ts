import { createQueueReader } from "../../../shared/aws/queue-reader.ts";
import { deadLetterQueueName, type QueueId } from "../../../shared/resources.ts";
import type { Line } from "../line.ts";

/** About how many dead letters there are, of each queue. */
type DeadLetterFacts = Record<QueueId, number>;

export const deadLetters: Line<DeadLetterFacts> = {
  name: "deadLetters",
  async gather({ sqs, stack }) {
    const count = async (queue: QueueId): Promise<number> => {
      const { visible, hidden } = await createQueueReader(sqs, deadLetterQueueName(stack, queue)).count();
      return visible + hidden;
    };
    const [tasks, deliveries] = await Promise.all([count("tasks"), count("deliveries")]);
    return { tasks, deliveries };
  },
  show({ tasks, deliveries }, { commandLine }) {
    const text = `${deliveries} of deliveries, ${tasks} of tasks`;
    if (deliveries > 0) return { state: "warning", text, advice: commandLine("deliveries list --status dead") };
    if (tasks > 0) return { state: "warning", text, advice: commandLine("deliveries redrive --reports --dry-run") };
    return { state: "good", text: "none" };
  },
};
