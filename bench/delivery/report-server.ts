/** The whole local server, embedded engines and all, with one collector; tells how it stands when it is asked. */
import { startLocalServer } from "../../server/local/local-server.ts";
import { makeSecret } from "../../shared/collectors/webhook/secret.ts";
import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { localSettings } from "../local-settings.ts";
import { clock } from "./clock.ts";
import { standing } from "./standing.ts";

// Before it starts: what ends it meanwhile leaves no folder behind either.
let stop = async (): Promise<void> => {};
const end = (): void => void stop().finally(() => process.exit());
process.once("SIGTERM", end);
process.once("SIGINT", end);
process.once("disconnect", end);

const config = loadConfig(localSettings());
const server = await startLocalServer(config, createLogger(config.logLevel, process.stderr));
({ stop } = server);

await server.services.collectorStore.put({
  kind: "webhook",
  name: "bench",
  url: process.env.COLLECTOR_URL ?? "",
  enabled: true,
  services: ["*"],
  targets: ["ON_CPU", "OFF_CPU", "NETWORK"],
  events: ["tasks"],
  headers: {},
  timeoutSeconds: 10,
  mode: "structured",
  secret: makeSecret(),
});
process.on("message", () => process.send?.(standing(clock())));
process.send?.({ port: server.ports.grpc.port });
