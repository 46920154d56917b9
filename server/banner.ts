import { relative } from "node:path";
import type { Config } from "../shared/config.ts";
import { VARIABLES, type VariableName } from "../shared/settings.ts";
import type { AgentPorts } from "./agent-ports.ts";
import { reachableAt } from "./listening.ts";
import type { LocalServer } from "./local/local-server.ts";

type ListeningPorts = Pick<AgentPorts, "grpc" | "http">;
type Engines = Pick<LocalServer["engines"], "dynamodb" | "sqs">;

/** What listens where, and two commands to try. */
export function localBanner(
  config: Pick<Config, "dataDir" | "tls" | "requireToken">,
  { ports, engines }: { ports: ListeningPorts; engines: Engines },
): string {
  const http = reachableAt(ports.http);
  const cli = cliFor({ http: ports.http, ...engines });
  return lines([
    ...agentLines(config, ports, cli),
    `  DynamoDB           http://${reachableAt(engines.dynamodb)}`,
    `  SQS, S3            http://${reachableAt(engines.sqs)}`,
    `  data               ${relative(process.cwd(), config.dataDir) || "."}`,
    "",
    "Try, in another terminal:",
    "",
    `  ${cli} policies set checkout -f docs/examples/policy.yaml`,
    ...(config.requireToken ? [`  token=$(${cli} tokens create trial --expires 1h)`] : []),
    `  curl -s -H 'content-type: application/json' -d '{"policies":[{"serviceName":"checkout"}]}' \\`,
    ...(config.requireToken ? ['    -H "authorization: Bearer $token" \\'] : []),
    `    http://${http}/skywalking.v3.ContinuousProfilingService/queryPolicies`,
    "",
    "Ctrl-C stops.",
  ]);
}

/** The same where the engines are AWS's own. */
export function servingBanner(config: Pick<Config, "tls" | "requireToken">, ports: ListeningPorts): string {
  return lines([...agentLines(config, ports, "npx flashpoint"), "", "Ctrl-C stops."]);
}

function agentLines(
  { tls, requireToken }: Pick<Config, "tls" | "requireToken">,
  ports: ListeningPorts,
  cli: string,
): string[] {
  return [
    "Flashpoint is running. Agents report to the first address.",
    "",
    `  gRPC               ${reachableAt(ports.grpc)}${tls === undefined ? "" : " (TLS)"}`,
    `  Connect, gRPC-web  http://${reachableAt(ports.http)}   /healthz /readyz /metrics`,
    ...(requireToken ? [`  tokens             required; ${cli} tokens create NAME makes one`] : []),
  ];
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}

/** The CLI, with the ports that it asks where they are not the default. */
function cliFor({ http, dynamodb, sqs }: Pick<ListeningPorts, "http"> & Engines): string {
  const ports: [VariableName, number][] = [
    ["FLASHPOINT_HTTP_PORT", http.port],
    ["FLASHPOINT_DYNAMODB_PORT", dynamodb.port],
    ["FLASHPOINT_SQS_PORT", sqs.port],
  ];
  const elsewhere = ports.filter(([name, port]) => VARIABLES[name].default !== String(port));
  return [...elsewhere.map(([name, port]) => `${name}=${port}`), "npx flashpoint --local"].join(" ");
}
