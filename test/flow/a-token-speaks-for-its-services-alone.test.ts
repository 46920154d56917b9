import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { createLogger } from "../../shared/log.ts";
import { createServices } from "../../shared/services.ts";
import { CALL_ROADS, type Doors } from "../support/agent-calls.ts";
import { hostProcess, meter, ping } from "../support/agents.ts";
import { type LambdaServer, startLambdaDoor } from "../support/lambda-server.ts";
import { cpuPolicy, goodReport, servicesIn, taskIdIn } from "../support/policies.ts";
import { flushOf, onCpu, type StackMessage } from "../support/stacks.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { authentication, issueToken } from "../support/tokens.ts";

let world: StillWorld;
let lambda: LambdaServer;
let at: Doors;
/** One token for all services, and one for those of one team. */
let wide: { headers: Record<string, string> };
let narrow: { headers: Record<string, string> };
let rounds = 0;
/** Services that the narrow token speaks for, and does not. */
let mine: string;
let theirs: string;

beforeAll(async () => {
  world = await startStillWorld({ FLASHPOINT_REQUIRE_TOKEN: "true", FLASHPOINT_POLICY_CACHE_MS: "0" });
  lambda = await startLambdaDoor(world.services);
  at = { grpcUrl: world.grpcUrl, httpUrl: world.httpUrl, lambdaUrl: lambda.url };
  const { tokenStore } = world.services;
  wide = { headers: authentication(await issueToken(tokenStore)) };
  narrow = { headers: authentication(await issueToken(tokenStore, { services: ["mine::*", "!mine::not"] })) };
});
beforeEach(() => {
  rounds++;
  mine = `mine::${rounds}`;
  theirs = `theirs::${rounds}`;
});
afterAll(async () => {
  await lambda.close();
  await world.stop();
});

async function* streamOf<T>(...messages: T[]): AsyncIterable<T> {
  yield* messages;
}

/** What a call was refused with. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason) => ConnectError.from(reason),
  );
  return error === undefined ? "ok" : `${Code[error.code]}: ${error.rawMessage}`;
}

const outOfScope = (method: string) => world.counted(`flashpoint_out_of_scope_total{method="${method}"}`);

describe.each(Object.entries(CALL_ROADS))("over %s, a token for some services", (_road, open) => {
  let transport: Transport;
  beforeEach(() => {
    transport = open(at);
  });

  it("hears their policies alone, and of others nothing, not even that one is gone", async () => {
    const { queryPolicies } = createClient(ContinuousProfilingService, transport);
    for (const name of [mine, theirs, "mine::not"])
      await world.services.policyStore.put(name, cpuPolicy(80), { updatedBy: "test" });
    const held = "0".repeat(64);
    const policies = [
      { serviceName: theirs, uuid: held },
      { serviceName: mine, uuid: "" },
      { serviceName: `${mine} gone`, uuid: held },
      { serviceName: `${theirs} gone`, uuid: held },
      { serviceName: "mine::not", uuid: "" },
    ];
    const before = await outOfScope("queryPolicies");
    const heard = servicesIn(await queryPolicies({ policies }, narrow));
    expect(heard.map(({ ServiceName }) => ServiceName).toSorted()).toEqual([mine, `${mine} gone`]);
    expect(await outOfScope("queryPolicies")).toBe(before + 3);
    expect(await queryPolicies({ policies: [{ serviceName: theirs, uuid: held }] }, narrow)).toMatchObject({
      commands: [],
    });
    expect(servicesIn(await queryPolicies({ policies }, wide))).toHaveLength(5);
  });

  it("reports for them alone", async () => {
    const { reportProfilingTask } = createClient(ContinuousProfilingService, transport);
    expect(await refusal(reportProfilingTask(goodReport(theirs), narrow))).toBe(
      `PermissionDenied: this token may not report for service ${theirs}`,
    );
    // Cut in the middle of a character, which gRPC could not encode: the server has to live on.
    const long = `${"a".repeat(255)}😀${rounds}`;
    expect(await refusal(reportProfilingTask(goodReport(long), narrow))).toBe(
      `PermissionDenied: this token may not report for service ${"a".repeat(255)}\ufffd`,
    );
    const taskId = taskIdIn(await reportProfilingTask(goodReport(mine), narrow));
    const other = taskIdIn(await reportProfilingTask(goodReport(theirs), wide));
    const queued = await world.take("tasks", 2);
    expect(queued.map((body) => JSON.parse(body).taskReported.taskId).toSorted()).toEqual([taskId, other].toSorted());
  });

  it("registers their processes alone, and leaves no agent without an id", async () => {
    const { reportProcesses, keepAlive } = createClient(EBPFProcessService, transport);
    const ebpfAgentID = `agent ${rounds}`;
    const processes = [hostProcess(1, { serviceName: theirs }), hostProcess(2, { serviceName: mine })];
    const answer = await reportProcesses({ ebpfAgentID, processes }, narrow);
    expect(answer.processes.map(({ processId, process: { value } }) => [processId.length, value?.pid])).toEqual([
      [64, 1],
      [64, 2],
    ]);
    const watched = async () =>
      (await world.services.agentStore.get(ebpfAgentID))?.processes.map(({ serviceName }) => serviceName);
    expect(await watched()).toEqual([mine]);
    const pings = [ping({ serviceName: theirs }), ping({ serviceName: mine })];
    await keepAlive({ ebpfAgentID: `${ebpfAgentID} too`, processes: pings }, narrow);
    const { agentStore } = world.services;
    expect((await agentStore.get(`${ebpfAgentID} too`))?.processes.map(({ serviceName }) => serviceName)).toEqual([
      mine,
    ]);
  });

  it("brings their values alone", async () => {
    const { collect, collectBatch } = createClient(MeterReportService, transport);
    const value = (service: string) => meter("rover_con_p_process_cpu", 93, Date.now(), { service });
    // By SkyWalking's protocol those after the first of a set may leave the service out.
    const nameless = value("");
    await collect(streamOf(value(theirs), nameless), narrow);
    await collectBatch(streamOf({ meterData: [value(theirs), nameless] }, { meterData: [value(mine)] }), narrow);
    const { measured } = world.services;
    expect([theirs, mine].map((service) => measured.list(service).length)).toEqual([0, 1]);
    await collect(streamOf(value(theirs)), wide);
    expect(measured.list(theirs)).toHaveLength(1);
  });

  it("uploads profiles of their tasks alone, and of a stream that is refused nothing is kept", async () => {
    const { reportProfilingTask } = createClient(ContinuousProfilingService, transport);
    const { collectProfilingData } = createClient(EBPFProfilingService, transport);
    const taskOf = async (service: string) => taskIdIn(await reportProfilingTask(goodReport(service), wide));
    const [myTask, theirTask] = [await taskOf(mine), await taskOf(theirs)];
    await world.take("tasks", 2);
    const upload = (messages: StackMessage[], options: typeof narrow) =>
      refusal(collectProfilingData(streamOf(...messages), options));
    const kept = async () =>
      (await world.bucket.keys()).filter((key) => key.includes(myTask) || key.includes(theirTask));

    const ours = flushOf(myTask, [onCpu(3, "main")]);
    const foreign = flushOf(theirTask, [onCpu(3, "main")]);
    const denied = `PermissionDenied: this token may not upload profiles of service ${theirs}`;
    expect(await upload(foreign, narrow)).toBe(denied);
    expect(await upload([...ours, ...foreign], narrow)).toBe(denied);
    await expect.poll(kept, { timeout: 5_000 }).toEqual([]);
    expect(await upload(ours, narrow)).toBe("ok");
    expect(await upload([...ours, ...foreign], wide)).toBe("ok");
    const queued = await world.take("tasks", 3);
    expect(queued.map((body) => JSON.parse(body).profileCollected.taskId).toSorted()).toEqual(
      [myTask, myTask, theirTask].toSorted(),
    );
  });
});

it("a name of half a megabyte, thousands of times, holds nobody up and is in no scope", async () => {
  const scoped = await issueToken(world.services.tokenStore, { services: ["*-shop-*"] });
  const { collectBatch } = createClient(MeterReportService, CALL_ROADS["native gRPC"]?.(at) as Transport);
  const first = meter("rover_con_p_process_cpu", 1, Date.now(), { service: "a-shop".repeat(80_000) });
  const rest = Array.from({ length: 5_000 }, () => meter("rover_con_p_process_cpu", 1, Date.now(), { service: "" }));
  const before = await outOfScope("collectBatch");
  const headers = authentication(scoped);
  // Judged in full each time it would take minutes.
  await collectBatch(streamOf({ meterData: [first, ...rest] }), { headers, timeoutMs: 20_000 });
  expect(await outOfScope("collectBatch")).toBe(before + 5_001);
  // What is judged is what is kept.
  const cut = meter("rover_con_p_process_cpu", 1, Date.now(), { service: `x-shop-${"a".repeat(3_000)}` });
  await collectBatch(streamOf({ meterData: [cut] }), { headers });
  expect(world.services.measured.list(`x-shop-${"a".repeat(1_017)}`)).toHaveLength(1);
});

it("a host that leaves the check of tokens out lets nobody speak for a service", async () => {
  const open = await startLambdaDoor({ ...world.services, checkToken: undefined });
  const transport = CALL_ROADS["Connect through the Lambda handler"]?.({ ...at, lambdaUrl: open.url }) as Transport;
  const { reportProfilingTask } = createClient(ContinuousProfilingService, transport);
  expect(await refusal(reportProfilingTask(goodReport(mine), wide))).toBe("Unauthenticated: it is not known who calls");
  await open.close();
});

describe("a token whose services a hand has broken", () => {
  it("speaks for none", async () => {
    const broken = {
      headers: authentication(await issueToken(world.services.tokenStore, { services: "mine::*" as never })),
    };
    const transport = CALL_ROADS["native gRPC"]?.(at) as Transport;
    const { reportProfilingTask, queryPolicies } = createClient(ContinuousProfilingService, transport);
    expect(await refusal(reportProfilingTask(goodReport(mine), broken))).toContain("PermissionDenied");
    const policies = [{ serviceName: mine, uuid: "held" }];
    expect((await queryPolicies({ policies }, broken)).commands).toEqual([]);
    const { collectProfilingData } = createClient(EBPFProfilingService, transport);
    expect(await refusal(collectProfilingData(streamOf(...flushOf("unknown", [onCpu(1, "main")])), broken))).toBe(
      "PermissionDenied: this token may speak for no service",
    );
    expect(await world.take("tasks", 0)).toEqual([]);
  });
});

describe("a profile whose task is not known yet", () => {
  it.each([
    ["is kept and delivered", "mine", 1],
    ["is dropped", "theirs", 0],
  ])("%s once it turns out to be of a service of %s", async (_what, team, recorded) => {
    const serviceName = `${team}::${rounds}`;
    const transport = CALL_ROADS["native gRPC"]?.(at) as Transport;
    const { reportProfilingTask } = createClient(ContinuousProfilingService, transport);
    const taskId = taskIdIn(await reportProfilingTask(goodReport(serviceName), wide));
    // Another server took the report, so that this one cannot know its task until it is recorded.
    const [task = ""] = await world.take("tasks", 1);
    const others = createServices({
      config: world.config,
      log: createLogger("silent"),
      aws: createAwsClients(world.engines.aws),
    });
    const other = await startLambdaDoor(others);
    const elsewhere = CALL_ROADS["Connect through the Lambda handler"]?.({ ...at, lambdaUrl: other.url }) as Transport;
    const { collectProfilingData } = createClient(EBPFProfilingService, elsewhere);
    await collectProfilingData(streamOf(...flushOf(taskId, [onCpu(3, "main")])), narrow);
    const [profile = ""] = await world.take("tasks", 1);
    const dropped = await world.counted("flashpoint_profiles_out_of_scope_total");
    expect(await world.handle("tasks", [profile])).toEqual([]);
    const records = async () =>
      (await world.services.profileStore.list(taskId)).filter(({ isApart }) => !isApart).length;
    expect(await records()).toBe(0);
    expect(await world.handle("tasks", [task])).toEqual([]);
    expect(await records()).toBe(recorded);
    expect(await world.counted("flashpoint_profiles_out_of_scope_total")).toBe(dropped + 1 - recorded);
    await other.close();
    others.close();
  });
});
