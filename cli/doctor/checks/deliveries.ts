import { ageText } from "../../../shared/diagnosis/age-text.ts";
import { openDeliveries } from "../../../shared/diagnosis/open-deliveries.ts";
import { type Check, ok } from "../check.ts";

const LOOKED_AT = 500;
/** A delivery that is still not made after this is more than a collector that was started anew. */
const LATE_MS = 3_600_000;

/** Whether tasks get to their collectors within an hour. */
export const deliveries: Check = {
  name: "deliveries",
  needs: ["tables/tasks"],
  async run({ stores, now, commandLine }) {
    const { pending, retrying, oldestAt, tasks, collectors } = openDeliveries(
      await stores.taskStore.list({ limit: LOOKED_AT }),
      LOOKED_AT,
    );
    if (tasks === 0) return ok("no task has been reported yet");
    if (oldestAt === null) return ok(`those of the newest ${tasks} tasks have ended`);
    const detail = `of the newest ${tasks} tasks, ${pending + retrying} still to be made, the oldest reported ${ageText(Date.parse(oldestAt), now)}`;
    if (now - Date.parse(oldestAt) < LATE_MS) return ok(detail);
    const [slowest = ""] = collectors;
    return [
      {
        status: "warning",
        detail,
        advice: `\`${commandLine("deliveries list --status retrying --collector", slowest)}\``,
      },
    ];
  },
};
