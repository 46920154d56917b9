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
const MAX_WRITES_OF_CHANGES = 12 + 6;

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

/** A server of its own, and what it costs. */
function startServer() {
  const { aws, writes, requests } = countedAws(world.server.engines.aws);
  const services = createServices({ config: world.config, log: createLogger("silent"), aws, now: () => now });
  const transport = createRouterTransport(routes(services));
  return {
    ...{ services, writes, requests },
    processes: createClient(EBPFProcessService, transport),
    meters: createClient(MeterReportService, transport),
  };
}

test("an hour of 200 agents with 20 processes each costs at most 15 writes an agent, and all of it is stored", async () => {
  const { services, writes, requests, processes, meters } = startServer();

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

type Processes = ReturnType<typeof startServer>["processes"];
type Call = (processes: Processes, ebpfAgentID: string, call: number) => Promise<unknown>;
const JOB_LABELS = ["blue", "green"];

test.each<{ what: string; atMost: number; call: Call; last: (call: number) => string[] }>([
  {
    what: "names another short-lived process with each call",
    atMost: MAX_WRITES_OF_CHANGES,
    call: (processes, ebpfAgentID, call) =>
      processes.keepAlive({ ebpfAgentID, processes: [ping(), ping({ processName: `job-${call}` })] }),
    last: (call) => ["java -", `job-${call} -`],
  },
  {
    what: "announces another short-lived process with each call",
    atMost: MAX_WRITES_OF_CHANGES,
    call: async (processes, ebpfAgentID, call) => {
      const job = hostProcess(call, { processName: `job-${call}` });
      await processes.reportProcesses({ ebpfAgentID, processes: [job] });
      await processes.keepAlive({ ebpfAgentID, processes: [ping()] });
    },
    last: (call) => ["java -", `job-${call} ${call}`],
  },
  {
    what: "has its process restarted with each call",
    atMost: MAX_WRITES_OF_CHANGES,
    call: async (processes, ebpfAgentID, call) => {
      await processes.reportProcesses({ ebpfAgentID, processes: [hostProcess(call)] });
      await processes.keepAlive({ ebpfAgentID, processes: [] });
    },
    last: (call) => [`java ${call}`],
  },
  {
    what: "names the same labels in another order with each call",
    atMost: MAX_WRITES_PER_AGENT,
    call: (processes, ebpfAgentID, call) => {
      const labels = call % 2 === 0 ? JOB_LABELS : JOB_LABELS.toReversed();
      return processes.keepAlive({ ebpfAgentID, processes: [ping({ labels })] });
    },
    last: () => ["java -"],
  },
])("an hour of an agent that $what costs at most $atMost writes, and its last state is stored", async (churn) => {
  const { what: ebpfAgentID, atMost, call, last } = churn;
  const { services, writes, requests, processes } = startServer();
  const startedAt = now;
  let calls = 0;
  for (; now < startedAt + HOUR_MS; now += CALL_EVERY_MS) await call(processes, ebpfAgentID, calls++);
  expect(writes()).toBeGreaterThanOrEqual(12);
  expect(writes()).toBeLessThanOrEqual(atMost);
  expect(requests.get("QueryCommand")).toBeLessThanOrEqual(atMost + 1);

  const stored = async () => {
    const agent = await world.services.agentStore.get(ebpfAgentID);
    return agent?.processes.map(({ processName, pid }) => `${processName} ${pid ?? "-"}`).sort();
  };
  const names = last(calls - 1).map((process) => ping({ processName: process.split(" ")[0] ?? "" }));
  const endedAt = now;
  for (; now <= endedAt + 300_000; now += CALL_EVERY_MS) await processes.keepAlive({ ebpfAgentID, processes: names });
  expect(await stored()).toEqual(last(calls - 1));
  services.close();
});
