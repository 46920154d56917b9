import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { entity, hostProcess, meter, ping } from "../support/agents.ts";
import { type Cli, cliOf, steersTerminal } from "../support/cli.ts";
import { runProgram } from "../support/server-process.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";
import { startWorld, type World } from "../support/world.ts";

const EVIL = "evil\u001b[2J";

let world: World;
let empty: World;
let silent: SwitchableProxy;
/** Answers anything with a list of something. */
const other = createServer((_request, response) => response.end('[{"serviceName":"checkout","value":"much"}]'));
let cli: Cli;

beforeAll(async () => {
  world = await startWorld();
  empty = await startWorld();
  cli = cliOf(world);
  silent = await startSwitchableProxy(1);
  silent.set("hang");
  await once(other.listen(0, "127.0.0.1"), "listening");
  const measure = (name: string, value: number, at: number, uri?: string) =>
    world.grpc.stream(MeterReportService.method.collect, [meter(name, value, at, uri === undefined ? {} : { uri })]);
  await measure("rover_con_p_process_cpu", 11, Date.now() - 180_000);
  const nginx = entity({ serviceName: "cart", processName: "nginx", labels: ["canary"] });
  await world.grpc.call(EBPFProcessService.method.reportProcesses, {
    ebpfAgentID: "rover-1",
    processes: [hostProcess(41), { metadata: { case: "k8sProcess", value: { entity: nginx, pid: 42 } } }],
  });
  await world.grpc.call(EBPFProcessService.method.keepAlive, {
    ebpfAgentID: EVIL,
    processes: ["a", "b", "c", "d", EVIL].map((serviceName) => ping({ serviceName })),
  });
  await measure("rover_con_p_process_cpu", 93.456, Date.now());
  await measure("rover_con_p_http_error_rate", 7, Date.now(), `/a${EVIL}`);
});
afterAll(async () => {
  other.close();
  await silent.close();
  await Promise.all([world.stop(), empty.stop()]);
});

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(steersTerminal(stdout)).toBe(false);
  return stdout.trimEnd();
}

describe("agents list", () => {
  it("shows who watches how many processes of which services, and when that was heard", async () => {
    const [headings, ...lines] = (await run("agents", "list")).split("\n");
    expect(headings).toMatch(/^AGENT +PROCESSES +SERVICES +LAST HEARD$/);
    expect(lines).toEqual([
      expect.stringMatching(/^evil\\u001b\[2J +5 +a, b, c and 2 more +\d+ s ago$/),
      expect.stringMatching(/^rover-1 +2 +cart, checkout +\d+ s ago$/),
    ]);
  });

  it("prints the same as JSON", async () => {
    const agents = JSON.parse(await run("--json", "agents", "list"));
    expect(agents).toEqual([
      { agentId: EVIL, processes: 5, services: ["a", "b", "c", "d", EVIL], seenAt: expect.stringMatching(/Z$/) },
      { agentId: "rover-1", processes: 2, services: ["cart", "checkout"], seenAt: expect.stringMatching(/Z$/) },
    ]);
  });

  it("says what to do when nobody has been heard", async () => {
    const { code, stdout } = await cliOf(empty)(["agents", "list"]);
    expect(code).toBe(0);
    expect(stdout).toContain("No agent has been heard");
    expect(stdout).toContain("11800");
    expect(JSON.parse((await cliOf(empty)(["--json", "agents", "list"])).stdout)).toEqual([]);
  });
});

describe("agents show", () => {
  it("shows each process with its values as they are now, and says that they are", async () => {
    const shown = await run("agents", "show", "rover-1", "--server", world.httpUrl);
    expect(shown).toMatch(/^agent +rover-1\nlast heard +\S+Z \(\d+ s ago\)/);
    expect(shown).toContain(`live from ${world.httpUrl}, else as stored\n`);
    const [headings, java, nginx] = shown.split("\n").slice(-3);
    expect(headings).toMatch(/^PID +LAYER +SERVICE +INSTANCE +PROCESS +PROFILABLE +VALUES$/);
    expect(java).toMatch(
      /^41 +OS_LINUX +checkout +pod-1 +java +yes +HTTP error rate of \/aevil\\u001b\[2J 7 % \(\d+ s ago\), process CPU 93\.46 % \(\d+ s ago\)$/,
    );
    expect(nginx).toMatch(/^42 +OS_LINUX +cart +pod-1 +nginx +- +-$/);
  });

  it.each([
    ["nobody listens", () => "http://127.0.0.1:1"],
    ["nobody answers", () => `http://127.0.0.1:${silent.port}`],
    ["something is amiss", () => `${world.httpUrl}/healthz/`],
    ["something else answers", () => `http://127.0.0.1:${(other.address() as AddressInfo).port}`],
  ])("where %s, shows the stored values and says so", async (_what, server) => {
    const shown = await run("agents", "show", "rover-1", "--server", server());
    expect(shown).toContain(`\nvalues      as stored; the server at ${server()} did not answer\n`);
    expect(shown).toMatch(/ java +yes +process CPU 11 % \(3 min ago\)$/m);
  });

  it("asks the server of this machine by itself, at the port that is set", async () => {
    const env = {
      AWS_ENDPOINT_URL_DYNAMODB: world.server.engines.aws.dynamodbEndpoint,
      FLASHPOINT_HTTP_PORT: new URL(world.httpUrl).port,
    };
    const { stdout } = await runProgram(["cli/main.ts", "--local", "agents", "show", "rover-1"], { env });
    expect(stdout).toContain(`live from ${world.httpUrl}, else as stored\n`);
    expect(stdout).toContain("process CPU 93.46 %");
  });

  it("prints the same as JSON", async () => {
    const { processes, ...agent } = JSON.parse(
      await run("--json", "agents", "show", "rover-1", "--server", "http://127.0.0.1:1"),
    );
    expect(agent).toEqual({
      ...{ agentId: "rover-1", seenAt: expect.stringMatching(/Z$/) },
      ...{ values: "stored", server: "http://127.0.0.1:1" },
    });
    expect(processes).toEqual([
      {
        processId: "2c70e6c8b9095f9bc020d410fcc96ad7ae8e17bcfd6a9442a86b4bb3ace44a6e", // test/agent/process-id.test.ts
        ...{ layer: "OS_LINUX", serviceName: "checkout", instanceName: "pod-1", processName: "java", labels: [] },
        ...{ pid: 41, kind: "host", profilable: true },
        values: [{ type: "PROCESS_CPU", uri: "", value: 11, at: expect.stringMatching(/Z$/) }],
      },
      {
        processId: expect.stringMatching(/^[0-9a-f]{64}$/),
        ...{ layer: "OS_LINUX", serviceName: "cart", instanceName: "pod-1", processName: "nginx", labels: ["canary"] },
        ...{ pid: 42, kind: "k8s", profilable: null, values: [] },
      },
    ]);
    const live = JSON.parse(await run("--json", "agents", "show", "rover-1", "--server", world.httpUrl));
    expect(live).toMatchObject({ values: "live", server: world.httpUrl });
    expect(live.processes[0].values).toMatchObject([{ type: "HTTP_ERROR_RATE" }, { type: "PROCESS_CPU" }]);
  });

  it("shows no value that is older than ten minutes", async () => {
    const at = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();
    const names = { layer: "K8S", serviceName: "stale", instanceName: "pod-1", processName: "java", labels: [] };
    const values = [
      { type: "PROCESS_CPU" as const, uri: "", value: 97, at: at(660) },
      { type: "SYSTEM_LOAD" as const, uri: "", value: 2, at: at(60) },
    ];
    const agent = { agentId: "stale-1", seenAt: at(60), processes: [{ ...names, values }] };
    await world.services.agentStore.put(agent, { agent: undefined, parts: [], seenAt: undefined });
    const args = ["agents", "show", "stale-1", "--server", world.httpUrl];
    expect(await run(...args)).toMatch(/ java +- +system load 2 \(\d+ s ago\)$/);
    expect(JSON.parse(await run("--json", ...args)).processes[0].values).toMatchObject([{ type: "SYSTEM_LOAD" }]);
  });

  it("shows names that would steer a terminal as text", async () => {
    expect(await run("agents", "show", EVIL, "--server", world.httpUrl)).toContain("evil\\u001b[2J");
  });

  it("fails for an agent that nobody has heard of, and for a server that is no address", async () => {
    const unknown = await cli(["agents", "show", "rover-9"]);
    expect({ code: unknown.code, stderr: unknown.stderr }).toEqual({
      code: 1,
      stderr: "flashpoint: there is no agent rover-9; `npx flashpoint --local agents list` names them\n",
    });
    const wrong = await cli(["agents", "show", "rover-1", "--server", "localhost"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("http or https address");
  });
});
