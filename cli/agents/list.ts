import type { Command } from "commander";
import { ageText } from "../../shared/diagnosis/age-text.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { table } from "../terminal/table.ts";

/** Most services that a line names. */
const NAMED_SERVICES = 3;

export function addList(agents: Command): void {
  agents
    .command("list")
    .description("list the agents heard in the last two days")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local agents list`,
    )
    .action(async (_options: object, command: Command) => {
      const stored = await withStores(command, ({ agentStore }) => agentStore.list());
      const shown = stored.map(({ agentId, processes, seenAt }) => ({
        agentId,
        processes: processes.length,
        services: [...new Set(processes.map(({ serviceName }) => serviceName))].sort(),
        seenAt,
      }));
      print(command, shown, () => {
        if (shown.length === 0) {
          return "No agent has been heard in the last two days. Agents reach the server's gRPC port, 11800 by default.";
        }
        const now = Date.now();
        const rows = shown.map(({ agentId, processes, services, seenAt }) => [
          agentId,
          String(processes),
          servicesText(services),
          ageText(Date.parse(seenAt), now),
        ]);
        return table(["AGENT", "PROCESSES", "SERVICES", "LAST HEARD"], rows);
      });
    });
}

function servicesText(services: readonly string[]): string {
  const more = services.length - NAMED_SERVICES;
  return services.slice(0, NAMED_SERVICES).join(", ") + (more > 0 ? ` and ${more} more` : "") || "-";
}
