import type { Command } from "commander";
import type { StoredAgent, StoredProcess } from "../../shared/agent/agent-item.ts";
import type { LatestValue, MeasuredValue } from "../../shared/agent/measured-values.ts";
import { NotFound } from "../../shared/errors.ts";
import { addServerOption, liveValues, serverOf } from "../live-values.ts";
import { ageText, print, printable, table } from "../output.ts";
import { withStores } from "../stores.ts";

export function addShow(agents: Command): void {
  addServerOption(agents.command("show"))
    .description("show what one agent watches, with the latest values")
    .argument("<agent>", "id of the agent, from `agents list`")
    .action(async (agentId: string, _options: object, command: Command) => {
      const stored = await withStores(command, ({ agentStore }) => agentStore.get(agentId));
      if (stored === undefined) throw new NotFound(`there is no agent ${agentId}; \`agents list\` names them`);
      const [live, { valueText }, { processIdOf }] = await Promise.all([
        liveValuesOf(command, stored),
        import("./value-text.ts"),
        import("../../shared/agent/process-id.ts"),
      ]);
      const processes = live === undefined ? stored.processes : withLive(stored.processes, live);
      const { seenAt } = stored;
      const shown = {
        agentId,
        seenAt,
        values: live === undefined ? "stored" : "live",
        processes: processes.map((process) => processJson(process, processIdOf(process))),
      };
      const server = await serverOf(command);
      print(command, shown, () => {
        const now = Date.now();
        const source = live === undefined ? "as stored when the agent was last heard" : `live from ${server}`;
        const fields: [string, string][] = [
          ["agent", agentId],
          ["last heard", `${seenAt} (${ageText(seenAt, now)}), written every 5 minutes`],
          ["values", source],
        ];
        const rows = processes.map(({ pid, layer, serviceName, instanceName, processName, profilable, values }) => [
          ...[pid === undefined ? "-" : String(pid), layer || "-", serviceName, instanceName, processName],
          profilable === undefined ? "-" : profilable ? "yes" : "no",
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

/** Service by service; undefined as soon as one is not answered. */
async function liveValuesOf(command: Command, { processes }: StoredAgent): Promise<MeasuredValue[] | undefined> {
  const all: MeasuredValue[] = [];
  for (const serviceName of new Set(processes.map(({ serviceName }) => serviceName))) {
    if (serviceName === "") continue; // nothing is measured of it
    const values = await liveValues(command, serviceName);
    if (values === undefined) return undefined;
    all.push(...values);
  }
  return processes.length === 0 ? undefined : all;
}

function withLive(processes: readonly StoredProcess[], live: readonly MeasuredValue[]): StoredProcess[] {
  const ofProcesses = Map.groupBy(live, key);
  return processes.map((process) => ({ ...process, values: ofProcesses.get(key(process)) ?? [] }));
}

function key(process: { serviceName: string; instanceName: string; processName: string }): string {
  return JSON.stringify([process.serviceName, process.instanceName, process.processName]);
}

function byTypeAndUri(a: LatestValue, b: LatestValue): number {
  return `${a.type} ${a.uri}` < `${b.type} ${b.uri}` ? -1 : 1;
}

/** The shape that --json prints; null for what nobody has said. */
function processJson(process: StoredProcess, processId: string): object {
  const { layer, serviceName, instanceName, processName, labels, pid, kind, profilable, values } = process;
  return {
    processId,
    ...{ layer, serviceName, instanceName, processName, labels },
    pid: pid ?? null,
    kind: kind ?? null,
    profilable: profilable ?? null,
    values: values.toSorted(byTypeAndUri).map(({ type, uri, value, at }) => ({ type, uri, value, at })),
  };
}
