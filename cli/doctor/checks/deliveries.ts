import { ageText } from "../../../shared/diagnosis/age-text.ts";
import { isLate, openDeliveries } from "../../../shared/diagnosis/open-deliveries.ts";
import { type Check, ok } from "../check.ts";

const LOOKED_AT = 500;

/** Whether tasks get to their collectors in time. */
export const deliveries: Check = {
  name: "deliveries",
  needs: ["tables/tasks"],
  async run({ stores, now, commandLine }) {
    const open = openDeliveries(await stores.taskStore.list({ limit: LOOKED_AT }), LOOKED_AT);
    const { pending, retrying, oldestAt, tasks, collectors } = open;
    if (tasks === 0) return ok("no task has been reported yet");
    if (oldestAt === null) return ok(`those of the newest ${tasks} tasks have ended`);
    const detail = `${pending + retrying} still to be made (newest ${tasks} looked at), the oldest reported ${ageText(Date.parse(oldestAt), now)}`;
    if (!isLate(open, now)) return ok(detail);
    const [slowest = ""] = collectors;
    const list = commandLine("deliveries list --status pending --status retrying --collector", slowest);
    return [{ status: "warning", detail, advice: `\`${list}\`` }];
  },
};
