import type { Command } from "commander";
import type { StoredProcess } from "../../shared/agent/agent-item.ts";
import type { LatestValue } from "../../shared/agent/measured-values.ts";
import { ageText } from "../../shared/diagnosis/age-text.ts";
import { withLive } from "../../shared/diagnosis/live-answer.ts";
import { NotFound } from "../../shared/errors.ts";
import { commandLineFor } from "../command-line.ts";
import { addServerOption, liveValues, sourceJson, sourceText } from "../live-values.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { printable } from "../terminal/printable.ts";
import { table } from "../terminal/table.ts";
import { PROFILABLE_HELP, profilableText } from "./profilable-text.ts";

export function addShow(agents: Command): void {
  addServerOption(agents.command("show"))
    .description("show what one agent watches, with the latest values")
    .argument("<agent>", "id of the agent, from `agents list`")
    .addHelpText(
      "after",
      `
Values older than ten minutes are left out.
${PROFILABLE_HELP}

Examples:
  flashpoint --local agents show rover-1
  flashpoint --stack flashpoint agents show rover-1 --server http://10.0.0.7:12800`,
    )
    .action(async (agentId: string, _options: object, command: Command) => {
      const stored = await withStores(command, ({ agentStore }) => agentStore.get(agentId));
      if (stored === undefined)
        throw new NotFound(`there is no agent ${agentId}; \`${commandLineFor(command)("agents list")}\` names them`);
      const [live, { valueText }, { processIdOf }] = await Promise.all([
        liveValues(
          command,
          stored.processes.map(({ serviceName }) => serviceName),
        ),
        import("./value-text.ts"),
        import("../../shared/agent/process-id.ts"),
      ]);
      const now = Date.now();
      const processes = withLive(stored.processes, { live, now });
      const { seenAt } = stored;
      const shown = {
        agentId,
        seenAt,
        ...sourceJson(live),
        processes: processes.map((process) => processJson(process, processIdOf(process))),
      };
      print(command, shown, () => {
        const fields: [string, string][] = [
          ["agent", agentId],
          ["last heard", `${seenAt} (${ageText(Date.parse(seenAt), now)}), written every 5 minutes`],
          ["values", sourceText(live)],
        ];
        const rows = processes.map(({ pid, layer, serviceName, instanceName, processName, profilable, values }) => [
          ...[pid === undefined ? "-" : String(pid), layer || "-", serviceName, instanceName, processName],
          profilableText(profilable),
          values
            .toSorted(byTypeAndUri)
            .map((value) => valueText(value, now))
            .join(", ") || "-",
        ]);
        const head = fields.map(([name, value]) => `${name.padEnd(12)}${printable(value)}`);
        if (rows.length === 0) return [...head, "It watches no process."].join("\n");
        const headings = ["PID", "LAYER", "SERVICE", "INSTANCE", "PROCESS", "PROFILABLE", "VALUES"];
        return [...head, "", table(headings, rows)].join("\n");
      });
    });
}

function byTypeAndUri(a: LatestValue, b: LatestValue): number {
  return `${a.type} ${a.uri}` < `${b.type} ${b.uri}` ? -1 : 1;
}

/** The shape that --json prints; null for what nobody has said. */
function processJson(process: StoredProcess, processId: string): object {
  const { layer, serviceName, instanceName, processName, labels, pid, kind, profilable, values } = process;
  return {
    processId,
    layer,
    serviceName,
    instanceName,
    processName,
    labels,
    pid: pid ?? null,
    kind: kind ?? null,
    profilable: profilable ?? null,
    values: values.toSorted(byTypeAndUri).map(({ type, uri, value, at }) => ({ type, uri, value, at })),
  };
}
