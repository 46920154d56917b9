import { once } from "node:events";
import { localAws } from "../../server/local/local-aws.ts";
import { type AwsClients, type AwsOptions, createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { webhookTo } from "../support/collectors.ts";
import { cpuPolicy } from "../support/policies.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { issueToken } from "../support/tokens.ts";
import { temporaryFolder } from "../support/world.ts";
import type { Usage } from "./usage.ts";

/** What its tables and queues are called. */
export const STACK = "flashpoint";
/** A service that has a policy. */
export const GOOD_SERVICE = "known";

/** `npm start -- --require-token` as a process, which knows a token, a policy, and two collectors that take nothing. */
export interface FuzzedServer {
  readonly process: ServerProcess;
  readonly aws: Required<AwsOptions>;
  /** The same tables and queues, seen from here. */
  readonly clients: AwsClients;
  readonly stores: Services;
  readonly token: string;
  /** For the calls that tell whether it still does what it should. */
  readonly goodToken: string;
  usage(): Promise<Usage>;
}

/** Of whose tasks the collectors get deliveries: one of those of texts.ts. */
const DELIVERED = ["fuzz-service-1"];
/** Deliveries are given up after the second attempt, so that none is left when the run ends. */
const SETTINGS = { FLASHPOINT_STACK: STACK, FLASHPOINT_RETRY_SCHEDULE: "1", FLASHPOINT_LOG_LEVEL: "warn" };

/** Starts the server on a folder of its own; both are gone at the end. */
export async function startFuzzedServer(
  atEnd: (step: () => Promise<void> | void) => void,
  onLogLine: (line: string) => void,
): Promise<FuzzedServer> {
  const folder = await temporaryFolder();
  atEnd(folder.remove);
  const starting = startServerProcess(folder.path, {
    env: SETTINGS,
    flags: ["--require-token"],
    preload: new URL("./probe.ts", import.meta.url),
    onLogLine,
  });
  atEnd(async () => void (await (await starting.catch(() => undefined))?.kill("SIGKILL")));
  const server = await starting;
  const aws = localAws(server.dynamodb, server.sqs);
  const clients = createAwsClients(aws);
  const stores = createServices({ config: loadConfig(SETTINGS), log: createLogger("silent"), aws: clients });
  atEnd(stores.close);
  const [token, goodToken] = [await issueToken(stores.tokenStore), await issueToken(stores.tokenStore)];
  await stores.policyStore.put(GOOD_SERVICE, cpuPolicy(80), { updatedBy: "fuzz" });
  await stores.collectorStore.put(webhookTo("none", { name: "invalid", services: DELIVERED }));
  const paused = { at: new Date().toISOString(), reason: "for the fuzz" };
  await stores.collectorStore.put(webhookTo("http://127.0.0.1:9/", { name: "paused", services: DELIVERED }), {
    paused,
  });
  return {
    process: server,
    aws,
    clients,
    stores,
    token,
    goodToken,
    async usage() {
      const answered = once(server.child, "message");
      server.child.send("usage");
      const [usage] = await answered;
      return usage as Usage;
    },
  };
}
