import { ageText } from "../../../shared/diagnosis/age-text.ts";
import { type HeardAgents, heardAgents, SILENT_MS } from "../../../shared/diagnosis/heard-agents.ts";
import { counted } from "../counted.ts";
import type { Line } from "../line.ts";

const MINUTES = SILENT_MS / 60_000;

export const agents: Line<HeardAgents> = {
  name: "agents",
  gather: async ({ agentStore, now }) => heardAgents(await agentStore.list(), now),
  show({ heard, silent, services, processes, lastAt }, { now, commandLine }) {
    const gone = silent.length === 0 ? "" : `, ${silent.length} fell silent`;
    const text = `${heard} heard in ${MINUTES} min: ${counted(services, "service")}, ${counted(processes, "process", "processes")}`;
    const list = commandLine("agents list");
    if (heard > 0 && silent.length === 0) return { state: "good", text };
    if (heard > 0) return { state: "warning", text: text + gone, advice: list };
    const last = lastAt === null ? "" : `; the last ${ageText(Date.parse(lastAt), now)}`;
    return {
      state: "warning",
      text: `none heard in ${MINUTES} min${gone}${last}`,
      advice: lastAt === null ? "docs/agents.md points them here" : list,
    };
  },
};
