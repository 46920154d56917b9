import { createQueueReader } from "../../../shared/aws/queue-reader.ts";
import { ageText } from "../../../shared/diagnosis/age-text.ts";
import { reportedAt } from "../../../shared/diagnosis/service-facts.ts";
import { countTasksOfDay, type TasksOfDay } from "../../../shared/diagnosis/tasks-of-day.ts";
import { waitingMessages } from "../../../shared/diagnosis/waiting-messages.ts";
import { queueName, tableName } from "../../../shared/resources.ts";
import { dayOf } from "../../../shared/tasks/task-item.ts";
import { counted } from "../counted.ts";
import type { Line } from "../line.ts";

interface TaskFacts extends TasksOfDay {
  /** Reports in the queue of tasks, about, which are not recorded yet. */
  queued: number;
  /** Whether nobody takes them from there. */
  isStuck: boolean;
  last: { taskId: string; serviceName: string; reportedAt: string } | null;
}

export const tasks: Line<TaskFacts> = {
  name: "tasks",
  async gather({ aws, sqs, stack, now, newestTasks }) {
    const [ofDay, { messages, isStuck }, [newest]] = await Promise.all([
      countTasksOfDay(aws.documents, tableName(stack, "tasks"), dayOf(now)),
      waitingMessages(createQueueReader(sqs, queueName(stack, "tasks")).count),
      newestTasks(),
    ]);
    const found = { ...ofDay, queued: messages, isStuck };
    if (newest === undefined) return { ...found, last: null };
    const { taskId, serviceName } = newest.task;
    return { ...found, last: { taskId, serviceName, reportedAt: new Date(reportedAt(newest.task)).toISOString() } };
  },
  show({ day, count, isCutOff, byTarget, queued, isStuck, last }, { now, commandLine }) {
    const targets = Object.entries(byTarget).map(([target, of]) => `${target} ${of.toLocaleString("en-US")}`);
    const which = targets.length === 0 ? "" : ` (${targets.join(", ")})`;
    const what = `${isCutOff ? "over " : ""}${count.toLocaleString("en-US")}${which} today, ${day} UTC`;
    const when = last === null ? "none ever" : `last ${ageText(Date.parse(last.reportedAt), now)}, ${last.serviceName}`;
    if (!isStuck) return { state: "good", text: `${what}, ${queued.toLocaleString("en-US")} queued; ${when}` };
    const waiting = `${counted(queued, "report")} queued and not worked off`;
    return { state: "warning", text: `${waiting}; ${what}; ${when}`, advice: commandLine("doctor") };
  },
};
