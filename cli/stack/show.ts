import type { Command } from "commander";
import type { DeployedStack } from "../../shared/aws/deployed-stack.ts";
import { QUEUES, type QueueId, TABLES, type TableId } from "../../shared/resources.ts";
import { deadLetterQueueOutput, queueOutput, type StackOutputKey, tableOutput } from "../../shared/stack-outputs.ts";
import { print } from "../output.ts";
import { printable } from "../terminal/printable.ts";
import { table } from "../terminal/table.ts";

export function addShow(stack: Command): void {
  stack
    .command("show", { isDefault: true })
    .description("show the addresses for agents, tables, queues, bucket, dashboard and alarms of a deployed stack")
    .addHelpText(
      "after",
      `
It asks CloudFormation for the outputs of the stack that --stack names; FLASHPOINT_STACK names none.

Examples:
  flashpoint --stack flashpoint stack show`,
    )
    .action(async (_options: object, command: Command) => {
      const { local, stack: name } = command.optsWithGlobals<{ local?: boolean; stack?: string }>();
      if (local) command.error("error: with --local there is no stack to show; `npm start` prints what listens where");
      if (name === undefined)
        command.error("error: it takes --stack NAME, the name of a CloudFormation stack; FLASHPOINT_STACK names none");
      const { readFlashpointStack } = await import("./flashpoint-stack.ts");
      const shown = shownOf(await readFlashpointStack(name));
      print(command, shown, () => textOf(shown));
    });
}

interface Shown {
  stack: string;
  region: string;
  status: string;
  agentUrl: string | null;
  edgeAddress: string | null;
  resourcePrefix: string | null;
  profileBucket: string | null;
  collectorNetworks: string[];
  dashboardUrl: string | null;
  alarmTopic: string | null;
  tables: Record<string, string | null>;
  queues: Record<string, { url: string | null; deadLetters: string | null }>;
}

/** The shape that --json prints; null for what the stack does not say, as one of an older version may not. */
function shownOf({ name, region, status, outputs }: DeployedStack): Shown {
  const said = (key: StackOutputKey): string | null => outputs.get(key) ?? null;
  const networks = said("CollectorNetworks") ?? "";
  const queue = (id: QueueId) => ({
    url: outputs.get(queueOutput(id)) ?? null,
    deadLetters: outputs.get(deadLetterQueueOutput(id)) ?? null,
  });
  return {
    stack: name,
    region,
    status,
    agentUrl: said("AgentUrl"),
    edgeAddress: said("EdgeAddress"),
    resourcePrefix: said("ResourcePrefix"),
    profileBucket: said("ProfileBucket"),
    collectorNetworks: networks === "" ? [] : networks.split(",").map((network) => network.trim()),
    dashboardUrl: said("DashboardUrl"),
    alarmTopic: said("AlarmTopic"),
    tables: Object.fromEntries(
      (Object.keys(TABLES) as TableId[]).map((id) => [id, outputs.get(tableOutput(id)) ?? null]),
    ),
    queues: Object.fromEntries((Object.keys(QUEUES) as QueueId[]).map((id) => [id, queue(id)])),
  };
}

function textOf(shown: Shown): string {
  const { collectorNetworks: networks } = shown;
  const fields: [string, string | null][] = [
    ["stack", `${shown.stack} in ${shown.region}, ${shown.status}`],
    ["agents", shown.agentUrl && `${shown.agentUrl} (Connect, gRPC-web)`],
    ["native gRPC", shown.edgeAddress ? `${shown.edgeAddress} (TLS)` : "none: deployed without the gRPC edge"],
    ["collectors", networks.length === 0 ? "public addresses" : `public addresses and ${networks.join(", ")}`],
    ["dashboard", shown.dashboardUrl],
    ["alarms", shown.alarmTopic],
    ["profiles", shown.profileBucket],
    ["prefix", shown.resourcePrefix],
  ];
  const head = fields.map(([name, value]) => `${name.padEnd(13)}${printable(value ?? "-")}`);
  const tables = Object.entries(shown.tables).map(([id, name]) => [id, name ?? "-"]);
  const queues = Object.entries(shown.queues).flatMap(([id, { url, deadLetters }]) => [
    [id, url ?? "-"],
    [`${id}, dead letters`, deadLetters ?? "-"],
  ]);
  return [...head, "", table(["TABLE", "NAME"], tables), "", table(["QUEUE", "URL"], queues)].join("\n");
}
