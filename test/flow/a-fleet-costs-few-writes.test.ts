import { create } from "@bufbuild/protobuf";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  EBPFProcessPingPkgListSchema,
  EBPFProcessReportListSchema,
  EBPFProcessService,
} from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { createLogger } from "../../shared/log.ts";
import { routes } from "../../shared/routes.ts";
import { createServices } from "../../shared/services.ts";
import { hostProcess, meter, ping } from "../support/agents.ts";
import { countedAws } from "../support/counted-aws.ts";
import { startWorld, type World } from "../support/world.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const HOUR_MS = 3_600_000;
const CALL_EVERY_MS = 20_000;
const AGENTS = 200;
/** A fleet is spread over the 20 seconds between two calls. */
const AT_ONCE = 20;
const PROCESSES = Array.from({ length: 20 }, (_, index) => `process-${index}`);
/** What an hour of one agent may cost; one write every five minutes makes 12. */
const MAX_WRITES_PER_AGENT = 15;

let world: World;
let now = NOON;

beforeAll(async () => {
  world = await startWorld({}, { now: () => now });
});
afterAll(() => world.stop());

async function* measuredBy(service: string, value: number) {
  const name = "rover_con_p_process_cpu";
  yield { meterData: PROCESSES.map((processName) => meter(name, value, now, { service, processName })) };
}

test("an hour of 200 agents with 20 processes each costs at most 15 writes an agent, and all of it is stored", async () => {
  const { aws, writes, requests } = countedAws(world.server.engines.aws);
  const services = createServices({ config: world.config, log: createLogger("silent"), aws, now: () => now });
  const transport = createRouterTransport(routes(services));
  const [processes, meters] = [
    createClient(EBPFProcessService, transport),
    createClient(MeterReportService, transport),
  ];

  /** Made once: what an agent sends hardly changes. */
  const agents = Array.from({ length: AGENTS }, (_, agent) => {
    const ebpfAgentID = `rover-${agent}`;
    const serviceName = `service-${agent % 50}`;
    const reported = PROCESSES.map((processName, pid) => hostProcess(pid, { serviceName, processName }));
    const alive = PROCESSES.map((processName) => ping({ serviceName, processName }));
    return {
      serviceName,
      report: create(EBPFProcessReportListSchema, { ebpfAgentID, processes: reported }),
      keepAlive: create(EBPFProcessPingPkgListSchema, { ebpfAgentID, processes: alive }),
    };
  });

  async function callOf(agent: number, call: number): Promise<void> {
    const { serviceName, report, keepAlive } = agents[agent] as (typeof agents)[number];
    if (call % 10 === 0) expect((await processes.reportProcesses(report)).processes).toHaveLength(PROCESSES.length);
    else await processes.keepAlive(keepAlive);
    if (call % 30 === agent % 30) await meters.collectBatch(measuredBy(serviceName, call));
  }

  for (let call = 0; now < NOON + HOUR_MS; call++) {
    for (let first = 0; first < AGENTS; first += AT_ONCE, now += (CALL_EVERY_MS * AT_ONCE) / AGENTS) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => callOf(first + index, call)));
    }
  }

  expect(writes()).toBe(requests.get("PutItemCommand"));
  expect(writes() / AGENTS).toBeLessThanOrEqual(MAX_WRITES_PER_AGENT);
  const stored = await world.services.agentStore.list();
  expect(stored).toHaveLength(AGENTS);
  for (const { seenAt, processes } of stored) {
    expect(processes.map(({ processName, pid }) => [processName, pid])).toEqual(
      PROCESSES.map((processName, pid) => [processName, pid]),
    );
    expect(now - Date.parse(seenAt)).toBeLessThanOrEqual(300_000);
    expect(processes.some(({ values }) => values.length > 0)).toBe(true);
  }
  services.close();
}, 120_000);
