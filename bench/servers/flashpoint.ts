/** The whole local server, which lets in whoever has its token, with the policies that the poll asks for. */
import { randomBytes } from "node:crypto";
import { startLocalServer } from "../../server/local/local-server.ts";
import { makeToken, RANDOM_BYTES, tokenHash } from "../../shared/access/token.ts";
import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { localSettings } from "../local-settings.ts";
import { clockWithoutResends, POLICIES } from "../unchanged-poll.ts";
import { type Ready, serveParent } from "./serve-parent.ts";

/** Its gRPC port, and what else a caller has to know. */
export interface FlashpointReady extends Ready {
  httpPort: number;
  token: string;
}

await serveParent<FlashpointReady>(async () => {
  // The defaults, so that the cache reads the policies anew every 2 s, as it does in earnest.
  const config = loadConfig(localSettings(), { FLASHPOINT_REQUIRE_TOKEN: "true" });
  const log = createLogger(config.logLevel, process.stderr);
  const server = await startLocalServer(config, log, { now: clockWithoutResends });
  for (const { serviceName, targets } of POLICIES) {
    await server.services.policyStore.put(serviceName, targets, { updatedBy: "bench" });
  }
  const token = makeToken(randomBytes(RANDOM_BYTES));
  const createdAt = new Date().toISOString();
  await server.services.tokenStore.put({ tokenHash: tokenHash(token), name: "bench", createdAt });
  return { port: server.ports.grpc.port, httpPort: server.ports.http.port, token, stop: server.stop };
});
