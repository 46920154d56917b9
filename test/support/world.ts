import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGrpcCaller, type GrpcCaller } from "../../server/demo/grpc-caller.ts";
import { reachableAt } from "../../server/listening.ts";
import { type LocalServer, startLocalServer } from "../../server/local/local-server.ts";
import { type Config, loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import type { Settings } from "../../shared/settings.ts";

/** All of Flashpoint on free ports and a folder of its own. */
export interface World {
  readonly config: Config;
  readonly server: LocalServer;
  readonly services: LocalServer["services"];
  /** Native gRPC to the world's agent port. */
  readonly grpc: GrpcCaller;
  /** `http://host:port` of the HTTP port. */
  readonly httpUrl: string;
  /** Every log line so far. */
  readonly log: readonly Record<string, unknown>[];
  stop(): Promise<void>;
}

export const FREE_PORTS: Settings = {
  FLASHPOINT_GRPC_PORT: "0",
  FLASHPOINT_HTTP_PORT: "0",
  FLASHPOINT_DYNAMODB_PORT: "0",
  FLASHPOINT_SQS_PORT: "0",
};

export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "flashpoint-test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export async function startWorld(
  settings: Settings = {},
  options: { now?: () => number; monotonicNow?: () => number } = {},
): Promise<World> {
  const folder = await temporaryFolder();
  const config = loadConfig(FREE_PORTS, { FLASHPOINT_DATA_DIR: folder.path, FLASHPOINT_LOG_LEVEL: "debug" }, settings);
  const log: Record<string, unknown>[] = [];
  const logger = createLogger(config.logLevel, { write: (line) => log.push(JSON.parse(line)) });
  const server = await startLocalServer(config, logger, options);
  const grpc = createGrpcCaller(reachableAt(server.ports.grpc));
  return {
    config,
    server,
    services: server.services,
    grpc,
    httpUrl: `http://${reachableAt(server.ports.http)}`,
    log,
    async stop() {
      grpc.close();
      await server.stop();
      await folder.remove();
    },
  };
}
