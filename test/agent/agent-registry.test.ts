import { createClient, createRouterTransport } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { createLogger } from "../../shared/log.ts";
import { routes } from "../../shared/routes.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { hostProcess, meter, ping } from "../support/agents.ts";
import { type CountedAws, countedAws } from "../support/counted-aws.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const KEEP_ALIVE_MS = 20_000;

let world: World;
let now = NOON;
let ebpfAgentID: string;
let agentsMade = 0;

beforeAll(async () => {
  world = await startWorld({}, { now: () => now });
});
beforeEach(() => {
  now = NOON;
  ebpfAgentID = `rover-${agentsMade++}`;
});
afterAll(() => world.stop());

/** A server of its own on the world's engines. */
interface Instance {
  services: Services;
  requests: CountedAws["requests"];
  writes: CountedAws["writes"];
  report(...pids: [processName: string, pid: number][]): Promise<unknown>;
  keepAlive(...processNames: string[]): Promise<unknown>;
}

function startInstance(counted: CountedAws = countedAws(world.server.engines.aws)): Instance {
  const services = createServices({
    config: world.config,
    log: createLogger("silent"),
    aws: counted.aws,
    now: () => now,
  });
  const client = createClient(EBPFProcessService, createRouterTransport(routes(services)));
  return {
    services,
    ...counted,
    report: (...pids) =>
      client.reportProcesses({
        ebpfAgentID,
        processes: pids.map(([processName, pid]) => hostProcess(pid, { processName })),
      }),
    keepAlive: (...names) =>
      client.keepAlive({ ebpfAgentID, processes: names.map((processName) => ping({ processName })) }),
  };
}

/** What is stored of the agent, as `name pid`, and how old that is in seconds. */
async function stored(): Promise<{ processes: string[]; age: number } | undefined> {
  const agent = await world.services.agentStore.get(ebpfAgentID);
  if (agent === undefined) return undefined;
  return {
    processes: agent.processes.map(({ processName, pid }) => `${processName} ${pid ?? "-"}`),
    age: (now - Date.parse(agent.seenAt)) / 1_000,
  };
}

describe("what an agent watches", () => {
  it("is written with the first report, and then at most every five minutes", async () => {
    const server = startInstance();
    await server.report(["java", 1], ["nginx", 2]);
    expect(await stored()).toEqual({ processes: ["java 1", "nginx 2"], age: 0 });
    expect(server.writes()).toBe(1);
    for (now += KEEP_ALIVE_MS; now < NOON + 300_000; now += KEEP_ALIVE_MS) {
      if ((now - NOON) % 200_000 === 0) await server.report(["java", 1], ["nginx", 2]);
      else await server.keepAlive("java", "nginx");
      expect(server.writes()).toBe(1);
      expect(server.requests.get("QueryCommand")).toBe(1); // nothing is read either
    }
    await server.keepAlive("java", "nginx");
    expect(server.writes()).toBe(2);
    expect(await stored()).toEqual({ processes: ["java 1", "nginx 2"], age: 0 });
    server.services.close();
  });

  it("is written at once when a process joins or leaves or has another pid", async () => {
    const server = startInstance();
    await server.report(["java", 1], ["nginx", 2]);
    now += KEEP_ALIVE_MS;
    await server.keepAlive("java", "nginx", "redis");
    expect(await stored()).toEqual({ processes: ["java 1", "nginx 2", "redis -"], age: 0 });
    now += KEEP_ALIVE_MS;
    await server.keepAlive("nginx", "redis");
    expect(await stored()).toEqual({ processes: ["nginx 2", "redis -"], age: 0 });
    now += KEEP_ALIVE_MS;
    await server.report(["nginx", 7], ["redis", 3]);
    now += KEEP_ALIVE_MS;
    await server.keepAlive("nginx", "redis");
    expect(await stored()).toEqual({ processes: ["nginx 7", "redis 3"], age: 0 });
    expect(server.writes()).toBe(5);
    now += KEEP_ALIVE_MS;
    await server.keepAlive("redis", "nginx"); // the same in another order
    expect(server.writes()).toBe(5);
    server.services.close();
  });

  it("takes one write when Rover announces a new process alone and keeps the others alive right after", async () => {
    const server = startInstance();
    await server.report(["java", 1], ["nginx", 2]);
    now += KEEP_ALIVE_MS;
    await server.report(["redis", 3]);
    now += 30;
    await server.keepAlive("java", "nginx");
    now += KEEP_ALIVE_MS;
    await server.keepAlive("java", "nginx", "redis");
    expect(await stored()).toMatchObject({ processes: ["java 1", "nginx 2", "redis 3"] });
    expect(server.writes()).toBe(2);
    server.services.close();
  });

  it("has every pid when a second process of the same names is announced alone, and the newest after a restart", async () => {
    const server = startInstance();
    await server.report(["java", 1]);
    now += KEEP_ALIVE_MS;
    await server.report(["java", 2]);
    now += 30;
    await server.keepAlive("java");
    now += KEEP_ALIVE_MS;
    await server.keepAlive("java", "java");
    expect((await stored())?.processes.sort()).toEqual(["java 1", "java 2"]);
    now += KEEP_ALIVE_MS;
    await server.report(["java", 3]); // 1 and 2 are gone
    now += 30;
    await server.keepAlive();
    now += KEEP_ALIVE_MS;
    await server.keepAlive("java");
    expect((await stored())?.processes).toEqual(["java 3"]);
    server.services.close();
  });

  it("is added to by a report that a server hears before anything else", async () => {
    const before = startInstance();
    await before.report(["java", 1], ["nginx", 2]);
    before.services.close();
    now += KEEP_ALIVE_MS;
    const after = startInstance();
    await after.report(["redis", 3]);
    expect(await stored()).toEqual({ processes: ["java 1", "nginx 2", "redis 3"], age: 0 });
    now += 30;
    await after.keepAlive("java");
    now += KEEP_ALIVE_MS;
    await after.keepAlive("java", "redis");
    expect((await stored())?.processes).toEqual(["java 1", "redis 3"]);
    after.services.close();
  });

  it("is not taken from what was stored longer ago than an agent may be silent", async () => {
    const before = startInstance();
    await before.report(["java", 1]);
    before.services.close();
    now += 600_000;
    const after = startInstance();
    await after.report(["redis", 3]);
    expect(await stored()).toEqual({ processes: ["redis 3"], age: 0 });
    after.services.close();
  });

  it("keeps its pids over a restart of the server, which writes nothing by itself", async () => {
    const before = startInstance();
    await before.report(["java", 1], ["nginx", 2]);
    before.services.close();
    now += KEEP_ALIVE_MS;
    const after = startInstance();
    await after.keepAlive("java", "nginx");
    expect(after.writes()).toBe(0);
    now += KEEP_ALIVE_MS;
    await after.keepAlive("java");
    expect(await stored()).toEqual({ processes: ["java 1"], age: 0 });
    expect(after.writes()).toBe(1);
    after.services.close();
  });

  it("is stored with the latest values", async () => {
    const server = startInstance();
    const meters = createClient(MeterReportService, createRouterTransport(routes(server.services)));
    await meters.collectBatch(
      (async function* () {
        yield { meterData: [meter("rover_con_p_process_cpu", 93.5, now - 5_000)] };
      })(),
    );
    expect(server.requests.size).toBe(0);
    await server.report(["java", 1], ["nginx", 2]);
    const agent = await world.services.agentStore.get(ebpfAgentID);
    expect(agent?.processes.map(({ values }) => values)).toEqual([
      [{ type: "PROCESS_CPU", uri: "", value: 93.5, at: "2026-01-31T11:59:55.000Z" }],
      [],
    ]);
    server.services.close();
  });
});

describe("two servers that an agent talks to in turn", () => {
  it("write about 12 times an hour together, and wait for nothing else", async () => {
    const servers = [startInstance(), startInstance()] as const;
    let call = 0;
    for (; now < NOON + 3_600_000; now += KEEP_ALIVE_MS) {
      const server = servers[call % 2 === 0 ? 0 : 1];
      if (call % 10 === 0) await server.report(["java", 1], ["nginx", 2]);
      else await server.keepAlive("java", "nginx");
      call++;
    }
    const writes = servers[0].writes() + servers[1].writes();
    expect(writes).toBeGreaterThanOrEqual(11);
    expect(writes).toBeLessThanOrEqual(13);
    expect((await stored())?.processes).toEqual(["java 1", "nginx 2"]);
    for (const { services } of servers) services.close();
  });

  it("write at most 18 times an hour together, however often the agent changes", async () => {
    const servers = [startInstance(), startInstance()] as const;
    for (let call = 0; now < NOON + 3_600_000; now += KEEP_ALIVE_MS, call++) {
      await servers[call % 2 === 0 ? 0 : 1].keepAlive("java", `job-${call}`);
    }
    const writes = servers[0].writes() + servers[1].writes();
    expect(writes).toBeGreaterThanOrEqual(12);
    expect(writes).toBeLessThanOrEqual(18);
    for (const { services } of servers) services.close();
  });

  it("take one write for a change, whoever hears of it first", async () => {
    const [one, other] = [startInstance(), startInstance()];
    const writes = () => one.writes() + other.writes();
    await one.report(["java", 1], ["nginx", 2]);
    now += KEEP_ALIVE_MS;
    await other.keepAlive("java", "nginx");
    expect(writes()).toBe(1);
    now += KEEP_ALIVE_MS;
    await one.report(["java", 7], ["nginx", 2]);
    expect(writes()).toBe(2);
    for (let turn = 0; turn < 4; turn++) {
      now += KEEP_ALIVE_MS;
      await (turn % 2 === 0 ? other : one).keepAlive("java", "nginx", "redis");
    }
    expect(writes()).toBe(3);
    expect((await stored())?.processes).toEqual(["java 7", "nginx 2", "redis -"]);
    // The other one has never heard of pid 7 itself, and must not write back what it knew.
    now += 300_000;
    await other.keepAlive("java", "nginx", "redis");
    expect(writes()).toBe(4);
    expect(await stored()).toEqual({ processes: ["java 7", "nginx 2", "redis -"], age: 0 });
    one.services.close();
    other.services.close();
  });

  it.each(["cold", "warm"])(
    "keep a newcomer of which one hears the report, the other, %s, its other half",
    async (state) => {
      const [one, other] = [startInstance(), startInstance()];
      const writes = () => one.writes() + other.writes();
      await one.report(["java", 1], ["shop-v1", 2]);
      if (state === "warm") {
        now += KEEP_ALIVE_MS;
        await other.keepAlive("java", "shop-v1");
      }
      // A pod is replaced: its successor is announced alone, and right afterwards the others are kept alive.
      now += KEEP_ALIVE_MS;
      await one.report(["shop-v2", 3]);
      now += 30;
      await other.keepAlive("java");
      expect((await stored())?.processes).toContain("shop-v2 3");
      for (const server of [one, other, one, other]) {
        now += KEEP_ALIVE_MS;
        await server.keepAlive("java", "shop-v2");
      }
      expect((await stored())?.processes.toSorted()).toEqual(["java 1", "shop-v2 3"]);
      expect(writes()).toBeLessThanOrEqual(3); // the first, the newcomer, the end of its predecessor
      one.services.close();
      other.services.close();
    },
  );

  it("end with the later pids when both write at the same time", async () => {
    const [one, other] = [startInstance(), startInstance()];
    await one.report(["java", 1]);
    await other.keepAlive("java");
    now += 300_000;
    await Promise.all([other.keepAlive("java"), one.report(["java", 7])]);
    expect((await stored())?.processes).toContain("java 7");
    now += KEEP_ALIVE_MS;
    await other.keepAlive("java");
    now += 300_000;
    await one.keepAlive("java");
    expect((await stored())?.processes).toEqual(["java 7"]);
    one.services.close();
    other.services.close();
  });
});

describe("an agent is answered", () => {
  let proxy: SwitchableProxy;
  const log: Record<string, unknown>[] = [];

  beforeAll(async () => {
    proxy = await startSwitchableProxy(world.server.engines.dynamodb.port);
  });
  afterAll(() => proxy.close());

  it.each(["refuse", "hang"] as const)(
    "while DynamoDB %ss, which is logged once and not tried with every call",
    async (mode) => {
      log.length = 0;
      proxy.set(mode);
      const aws = createAwsClients({
        ...world.server.engines.aws,
        dynamodbEndpoint: `http://127.0.0.1:${proxy.port}`,
      });
      const logger = createLogger("info", { write: (line) => log.push(JSON.parse(line)) });
      const services = createServices({ config: world.config, log: logger, aws, now: () => now });
      const client = createClient(EBPFProcessService, createRouterTransport(routes(services)));
      const report = async () => {
        const startedAt = performance.now();
        const { processes } = await client.reportProcesses({ ebpfAgentID, processes: [hostProcess(1)] });
        expect(processes).toHaveLength(1);
        return performance.now() - startedAt;
      };
      expect(await report()).toBeLessThan(3_000);
      for (now += KEEP_ALIVE_MS; now < NOON + 60_000; now += KEEP_ALIVE_MS) expect(await report()).toBeLessThan(500);
      await report();
      expect(log).toMatchObject([{ level: "warn", agentId: ebpfAgentID }]);

      proxy.set("pass");
      expect(await stored()).toBeUndefined();
      now += KEEP_ALIVE_MS;
      await report();
      expect(await stored()).toBeUndefined();
      now += 40_000;
      await until("the agent is stored", async () => {
        await report();
        return stored();
      });
      expect(await stored()).toEqual({ processes: ["java 1"], age: 0 });
      expect(log).toHaveLength(1);
      services.close();
    },
  );
});

describe("the names of a process", () => {
  it("are found by its id once an agent has named it to this server", async () => {
    const server = startInstance();
    const java = "2c70e6c8b9095f9bc020d410fcc96ad7ae8e17bcfd6a9442a86b4bb3ace44a6e"; // test/agent/process-id.test.ts
    expect(server.services.agentRegistry.processNames(java)).toBeUndefined();
    await server.keepAlive("java");
    expect(server.services.agentRegistry.processNames(java)).toEqual({
      ...{ layer: "OS_LINUX", serviceName: "checkout", instanceName: "pod-1", processName: "java" },
    });
    server.services.close();
  });
});
