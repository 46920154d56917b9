import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reachableAt } from "../../server/listening.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import type { Doors } from "../support/agent-calls.ts";
import { type LambdaServer, startLambdaDoor } from "../support/lambda-server.ts";
import { RAW_ROADS, type RawBody } from "../support/raw-calls.ts";
import { authentication, issueToken, newToken } from "../support/tokens.ts";
import { startWorld, type World } from "../support/world.ts";

const { queryPolicies } = ContinuousProfilingService.method;
const METHODS = [queryPolicies, EBPFProcessService.method.reportProcesses, MeterReportService.method.collect];

/** Bodies that a server only finds out about by reading them, and what it says once it has. */
const BODIES: Record<string, { body: RawBody; read: string }> = {
  "no message": { body: { bytes: Buffer.from("ffffffff", "hex") }, read: "invalid_argument" },
  "small, and 20 MB once inflated": {
    body: { bytes: gzipSync(Buffer.alloc(20_000_000)), gzip: true },
    read: "resource_exhausted",
  },
};
/** Half of a message whose rest never comes. */
const OPEN: RawBody = { bytes: Buffer.from('{"'), isOpen: true };

let world: World;
let lambda: LambdaServer;
let at: Doors;

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_REQUIRE_TOKEN: "true" });
  lambda = await startLambdaDoor(world.services);
  const { server, httpUrl } = world;
  at = { grpcUrl: `http://${reachableAt(server.ports.grpc)}`, httpUrl, lambdaUrl: lambda.url };
});
afterAll(async () => {
  await lambda.close();
  await world.stop();
});

describe.each(Object.entries(RAW_ROADS))("%s", (_road, open) => {
  it.each(Object.entries(BODIES))("a body that is %s is read only for those who are let in", async (_what, bodies) => {
    const { body, read } = bodies;
    const call = open(at);
    for (const method of METHODS) {
      expect(await call(method, {}, body), method.name).toBe("unauthenticated");
      expect(await call(method, authentication(newToken()), body), method.name).toBe("unauthenticated");
    }
    const right = await issueToken(world.services.tokenStore);
    expect(await call(queryPolicies, authentication(right), body)).toBe(read);
  });
});

const STREAMING_ROADS = Object.entries(RAW_ROADS).filter(([road]) => !road.includes("Lambda"));

it.each(STREAMING_ROADS)("%s does not wait for the end of a body that it refuses", async (_road, open) => {
  for (const method of METHODS) {
    expect(await open(at)(method, {}, OPEN), method.name).toBe("unauthenticated");
    expect(await open(at)(method, authentication(newToken()), OPEN), method.name).toBe("unauthenticated");
  }
});
