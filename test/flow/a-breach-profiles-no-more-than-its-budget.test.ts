import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { localAws } from "../../server/local/local-aws.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { createLogger } from "../../shared/log.ts";
import type { Target } from "../../shared/policies/policy.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { findTask } from "../../shared/tasks/find-task.ts";
import { cpuPolicy, goodReport, taskIdIn } from "../support/policies.ts";
import { asConnectError, ROADS } from "../support/roads.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { until } from "../support/until.ts";
import { startWorld, temporaryFolder, type World } from "../support/world.ts";

const BUDGET = 5;
const PODS = 200;
/** What a machine that has more to do than it can comes to now and then; nothing was decided. */
const UNDECIDED = [Code.Unavailable, Code.DeadlineExceeded];
const DECIDED_MS = 40_000;

type Report = Omit<ReturnType<typeof goodReport>, "targetTask"> & {
  targetTask: { case: "onCPU" | "offCPU" | "network"; value: object };
};
/** One way of a report to a server; errors are ConnectErrors. */
type Send = (report: Report) => Promise<Parameters<typeof taskIdIn>[0]>;

const CASES: Record<Target, Report["targetTask"]["case"]> = { ON_CPU: "onCPU", OFF_CPU: "offCPU", NETWORK: "network" };

/** What the agent of one pod reports in a breach. */
function reportOf(serviceName: string, pod: number, { target = "ON_CPU" as Target, duration = 600 } = {}): Report {
  const targetTask = { case: CASES[target], value: {} };
  return { ...goodReport(serviceName), instanceName: `pod-${pod}`, duration, targetTask };
}

/** The id of the task that it became, or the refusal: an agent that hears neither reports again. */
function outcomeOf(send: Send, report: Report): Promise<string | ConnectError> {
  const told = async (): Promise<string | ConnectError | undefined> => {
    try {
      return taskIdIn(await send(report));
    } catch (error) {
      const refusal = ConnectError.from(error);
      return UNDECIDED.includes(refusal.code) ? undefined : refusal;
    }
  };
  return until("the report is accepted or refused", told, DECIDED_MS);
}

/** Reports again whenever the budget is full, as agents do. @throws what else is heard: that the server is gone. */
async function acceptedInTheEnd(send: Send, report: Report): Promise<string> {
  const deadline = performance.now() + DECIDED_MS;
  for (;;) {
    try {
      return taskIdIn(await send(report));
    } catch (error) {
      if (ConnectError.from(error).code !== Code.ResourceExhausted || performance.now() > deadline) throw error;
    }
  }
}

/** A breach: every pod reports at once, over all these ways in turn. */
async function breach(ways: readonly Send[], report: (pod: number) => Report, pods = PODS) {
  const outcomes = await Promise.all(
    Array.from({ length: pods }, (_, pod) => outcomeOf(ways[pod % ways.length] as Send, report(pod))),
  );
  const accepted = outcomes.filter((outcome) => typeof outcome === "string");
  const refusals = outcomes.filter((outcome) => typeof outcome !== "string");
  return { accepted, refusals };
}

/** Exactly the budget is accepted; all others hear why not, and when to come again. */
function expectExactly(
  budget: number,
  { accepted, refusals }: Awaited<ReturnType<typeof breach>>,
  { serviceName, target = "ON_CPU" as Target, pods = PODS }: { serviceName: string; target?: Target; pods?: number },
): void {
  expect(new Set(accepted).size).toBe(budget);
  expect(accepted).toHaveLength(budget);
  const said = new Set(
    refusals.map(({ code, rawMessage }) => `${Code[code]}: ${rawMessage.replace(/ in \d+ m?i?n?s?$/, "")}`),
  );
  expect([...said]).toEqual([
    `ResourceExhausted: budget of ${serviceName} is full: ${budget} of ${budget} ${target} tasks are active; there is room`,
  ]);
  expect(refusals).toHaveLength(pods - budget);
  for (const { metadata } of refusals) {
    const [seconds, ms] = [Number(metadata.get("retry-after")), Number(metadata.get("grpc-retry-pushback-ms"))];
    expect(seconds).toBe(Math.ceil(ms / 1_000));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(600);
  }
}

/** Every way of an agent to a server process. */
function waysTo({ grpc, http }: ServerProcess): Send[] {
  const caller = createGrpcCaller(grpc);
  onTestFinished(() => caller.close());
  const at = { baseUrl: `http://${http}`, httpVersion: "1.1" as const };
  const clients = [createConnectTransport(at), createGrpcWebTransport(at)].map((transport) =>
    createClient(ContinuousProfilingService, transport),
  );
  const { reportProfilingTask } = ContinuousProfilingService.method;
  return [
    (report) => caller.call(reportProfilingTask, report).catch(asConnectError),
    ...clients.map(
      (client): Send =>
        (report) =>
          client.reportProfilingTask(report),
    ),
  ];
}

describe("200 reports at once against a budget of 5", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  const bounded = (serviceName: string, maxActive: number) =>
    world.services.policyStore.put(serviceName, cpuPolicy(80), { updatedBy: "test", budget: { maxActive } });
  const ways = () => Object.values(ROADS).map((open): Send => open(world).reportProfilingTask);

  it("are 5 tasks and 195 refusals, over all roads together", { timeout: 120_000 }, async () => {
    await bounded("checkout", BUDGET);
    const outcome = await breach(ways(), (pod) => reportOf("checkout", pod));
    expectExactly(BUDGET, outcome, { serviceName: "checkout" });
    for (const taskId of outcome.accepted) {
      await until("the task is recorded", () => findTask(taskId, world.services));
    }
    const metrics = await (await fetch(`${world.httpUrl}/metrics`)).text();
    expect(metrics).toMatch(/^flashpoint_reports_over_budget_total\{target="ON_CPU"\} [1-9]/m);
  });

  it.each(Object.entries(ROADS))("are 1 task and refusals with their hints over %s alone", async (name, open) => {
    const serviceName = `alone ${name}`;
    await bounded(serviceName, 1);
    const { reportProfilingTask } = open(world);
    const outcome = await breach([reportProfilingTask], (pod) => reportOf(serviceName, pod), 4);
    expectExactly(1, outcome, { serviceName, pods: 4 });
  });

  it("are 5 for each target and each service", { timeout: 120_000 }, async () => {
    for (const serviceName of ["cart", "search"]) await bounded(serviceName, BUDGET);
    const all = (["cart", "search"] as const).flatMap((serviceName) =>
      (["ON_CPU", "NETWORK"] as const).map((target) => ({ serviceName, target })),
    );
    const outcomes = await Promise.all(
      all.map(({ serviceName, target }) => breach(ways(), (pod) => reportOf(serviceName, pod, { target }), PODS / 4)),
    );
    all.forEach((of, index) => {
      const outcome = outcomes[index];
      if (outcome !== undefined) expectExactly(BUDGET, outcome, { ...of, pods: PODS / 4 });
    });
  });

  it("are 200 tasks without a budget, and nothing is written of a budget", { timeout: 120_000 }, async () => {
    await world.services.policyStore.put("unbounded", cpuPolicy(80), { updatedBy: "test" });
    for (const serviceName of ["unbounded", "without a policy"]) {
      const { accepted } = await breach(ways(), (pod) => reportOf(serviceName, pod), PODS / 2);
      expect(new Set(accepted).size).toBe(PODS / 2);
      expect((await world.services.budgetStore.active(serviceName)).size).toBe(0);
    }
  });

  it("leave an accepted report its answer when it comes again", async () => {
    await bounded("again", 1);
    const [send] = ways() as [Send];
    const report = reportOf("again", 1);
    const taskId = taskIdIn(await send(report));
    expect(await outcomeOf(send, reportOf("again", 2))).toBeInstanceOf(ConnectError);
    expect(taskIdIn(await send(report))).toBe(taskId);
  });
});

describe("with servers as processes of their own", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const started: ServerProcess[] = [];
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    for (const server of started) await server.kill("SIGKILL");
    await folder.remove();
  });

  async function start(...options: Parameters<typeof startServerProcess>): Promise<ServerProcess> {
    const server = await startServerProcess(...options);
    started.push(server);
    return server;
  }

  async function dataDir(name: string): Promise<string> {
    const path = join(folder.path, name);
    await mkdir(path);
    return path;
  }

  function storesOf({ dynamodb, sqs }: ServerProcess): Services {
    const aws = createAwsClients(localAws(dynamodb, sqs));
    const stores = createServices({ config: loadConfig(), log: createLogger("silent"), aws });
    onTestFinished(() => stores.close());
    return stores;
  }

  const bounded = ({ policyStore }: Services, serviceName: string) =>
    policyStore.put(serviceName, cpuPolicy(80), { updatedBy: "test", budget: { maxActive: BUDGET } });

  /** A server that shares the engines of another. */
  function beside({ dynamodb, sqs }: ServerProcess, name: string): Promise<ServerProcess> {
    const { region, credentials } = localAws(dynamodb, sqs);
    const env = {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: `http://${dynamodb}`,
      AWS_ENDPOINT_URL_SQS: `http://${sqs}`,
      AWS_ENDPOINT_URL_S3: `http://${sqs}`,
    };
    return start(join(folder.path, name), { mode: "serve", env });
  }

  it("two servers let in exactly 5 together", { timeout: 120_000 }, async () => {
    const first = await start(await dataDir("two"));
    await bounded(storesOf(first), "checkout");
    const second = await beside(first, "second");
    const outcome = await breach([...waysTo(first), ...waysTo(second)], (pod) => reportOf("checkout", pod));
    expectExactly(BUDGET, outcome, { serviceName: "checkout" });
  });

  it("after kill -9 in the middle, and once the tasks are over, it is exactly 5 again", {
    timeout: 120_000,
  }, async () => {
    const path = await dataDir("killed");
    const first = await start(path);
    await bounded(storesOf(first), "checkout");
    const ways = waysTo(first);
    const before: string[] = [];
    let killed: Promise<unknown> | undefined;
    const calls = Array.from({ length: PODS }, async (_, pod) => {
      const report = reportOf("checkout", pod, { duration: 3 });
      const taskId = await acceptedInTheEnd(ways[pod % ways.length] as Send, report);
      before.push(taskId);
      killed ??= first.kill("SIGKILL"); // the first answer is out, the others are anywhere
    });
    const settled = await Promise.allSettled(calls);
    await killed;
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThanOrEqual(BUDGET);
    // It was in the middle: most were never accepted.
    expect(settled.filter(({ status }) => status === "rejected").length).toBeGreaterThan(0);

    const second = await start(path);
    const stores = storesOf(second);
    await until("all of them are over", async () => {
      const active = (await stores.budgetStore.active("checkout")).get("ON_CPU")?.size ?? 0;
      expect(active).toBeLessThanOrEqual(BUDGET);
      return active === 0 ? true : undefined;
    });
    expectExactly(BUDGET, await breach(waysTo(second), (pod) => reportOf("checkout", pod)), {
      serviceName: "checkout",
    });
  });
});
