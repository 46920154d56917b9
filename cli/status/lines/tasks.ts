import { ageText } from "../../../shared/diagnosis/age-text.ts";
import { reportedAt } from "../../../shared/diagnosis/service-facts.ts";
import { countTasksOfDay, type TasksOfDay } from "../../../shared/diagnosis/tasks-of-day.ts";
import { tableName } from "../../../shared/resources.ts";
import { dayOf } from "../../../shared/tasks/task-item.ts";
import type { Line } from "../line.ts";

interface TaskFacts extends TasksOfDay {
  last: { taskId: string; serviceName: string; reportedAt: string } | null;
}

export const tasks: Line<TaskFacts> = {
  name: "tasks",
  async gather({ aws, stack, now, newestTasks }) {
    const [ofDay, [newest]] = await Promise.all([
      countTasksOfDay(aws.documents, tableName(stack, "tasks"), dayOf(now)),
      newestTasks(),
    ]);
    if (newest === undefined) return { ...ofDay, last: null };
    const { taskId, serviceName } = newest.task;
    return { ...ofDay, last: { taskId, serviceName, reportedAt: new Date(reportedAt(newest.task)).toISOString() } };
  },
  show({ day, count, isCutOff, byTarget, last }, { now }) {
    const targets = Object.entries(byTarget).map(([target, of]) => `${target} ${of.toLocaleString("en-US")}`);
    const which = targets.length === 0 ? "" : ` (${targets.join(", ")})`;
    const what = `${isCutOff ? "over " : ""}${count.toLocaleString("en-US")}${which} today, ${day} UTC`;
    const when = last === null ? "none ever" : `last ${ageText(Date.parse(last.reportedAt), now)}, ${last.serviceName}`;
    return { state: "good", text: `${what}; ${when}` };
  },
};
