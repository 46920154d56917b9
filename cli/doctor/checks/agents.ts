import { ageText } from "../../../shared/diagnosis/age-text.ts";
import { heardAgents, SILENT_MS } from "../../../shared/diagnosis/heard-agents.ts";
import { counted } from "../../status/counted.ts";
import { type Check, ok } from "../check.ts";

const MINUTES = SILENT_MS / 60_000;

/** Whether agents are heard. */
export const agents: Check = {
  name: "agents",
  needs: ["tables/agents"],
  async run({ stores, now, commandLine }) {
    const { heard, silent, services, processes, lastAt } = heardAgents(await stores.agentStore.list(), now);
    const list = `\`${commandLine("agents list")}\``;
    if (heard === 0) {
      const last = lastAt === null ? "none in the last two days" : `the last ${ageText(Date.parse(lastAt), now)}`;
      const advice = lastAt === null ? "docs/agents.md says how to point agents here" : list;
      return [{ status: "warning", detail: `none heard within ${MINUTES} minutes, ${last}`, advice }];
    }
    const watched = `${counted(heard, "agent")} heard within ${MINUTES} minutes, ${counted(processes, "process", "processes")} of ${counted(services, "service")}`;
    if (silent.length === 0) return ok(watched);
    return [{ status: "warning", detail: `${watched}; ${silent.length} fell silent within two days`, advice: list }];
  },
};
