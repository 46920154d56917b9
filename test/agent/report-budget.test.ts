import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createReportBudget, type ReportBudget } from "../../shared/agent/report-budget.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { LimitExceeded, Unavailable } from "../../shared/errors.ts";
import {
  ContinuousProfilingReportSchema,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { createLogger } from "../../shared/log.ts";
import type { CounterName } from "../../shared/metrics.ts";
import { tableName } from "../../shared/resources.ts";
import { createPollServices } from "../../shared/services/poll-services.ts";
import { createBudgetStore } from "../../shared/tasks/budget-store.ts";
import { taskFromReport } from "../../shared/tasks/task.ts";
import { createTriggerBudget } from "../../shared/tasks/trigger-budget.ts";
import { openHandEdits, TYPED_TARGETS } from "../support/hand-edits.ts";
import { cpuPolicy, goodReport } from "../support/policies.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";

let world: StillWorld;
let dynamodb: SwitchableProxy;
let sqs: SwitchableProxy;
let services = 0;
let serviceName = "";

beforeAll(async () => {
  world = await startStillWorld({ FLASHPOINT_POLICY_CACHE_MS: "0" }, async (engines) => {
    dynamodb = await startSwitchableProxy(engines.dynamodb.port);
    sqs = await startSwitchableProxy(engines.sqs.port);
    return {
      dynamodbEndpoint: `http://127.0.0.1:${dynamodb.port}`,
      sqsEndpoint: `http://127.0.0.1:${sqs.port}`,
    };
  });
});
beforeEach(() => {
  serviceName = `checkout-${services++}`;
  for (const proxy of [dynamodb, sqs]) proxy.set("pass");
});
afterAll(async () => {
  await world.stop();
  await Promise.all([dynamodb.close(), sqs.close()]);
});

const bounded = (maxActive: number) =>
  world.services.policyStore.put(serviceName, cpuPolicy(80), { updatedBy: "test", budget: { maxActive } });

describe("while policies cannot be read", () => {
  /** A process that has just started, on the engines behind the proxies. */
  function startedAnew() {
    const clock = { now: 0 };
    const lines: Record<string, unknown>[] = [];
    const counted: CounterName[] = [];
    const metrics = { count: (name: CounterName) => void counted.push(name), observe: () => {} };
    const log = createLogger("info", { write: (line) => lines.push(JSON.parse(line)) });
    const aws = createAwsClients({ ...world.engines.aws, dynamodbEndpoint: `http://127.0.0.1:${dynamodb.port}` });
    const { policyCache } = createPollServices({ config: world.config, documents: aws.documents, log, metrics });
    const table = tableName(world.config.stack, "budgets");
    const store = createBudgetStore({ documents: aws.documents, table });
    const triggerBudget = createTriggerBudget({ store });
    const budget = createReportBudget({ policyCache, triggerBudget, log, metrics, now: () => clock.now });
    return { budget, clock, lines, counted };
  }

  /** `in`, or what it was refused with. */
  async function outcome(budget: ReportBudget, service = serviceName): Promise<unknown> {
    const report = create(ContinuousProfilingReportSchema, goodReport(service));
    const task = taskFromReport(report, { taskId: `task of ${service}`, reportedAt: Date.now() });
    return budget.enter(task).then(
      () => "in",
      (error) => error,
    );
  }

  it.each(["refuse", "hang"] as const)("as they would %s, a budget that was known holds", async (mode) => {
    await bounded(5);
    const { budget, clock, counted } = startedAnew();
    expect(await outcome(budget)).toBe("in");
    dynamodb.set(mode);
    expect(await outcome(budget)).toBeInstanceOf(Unavailable);
    clock.now += 3_600_000;
    expect(await outcome(budget)).toBeInstanceOf(Unavailable);
    expect(counted).not.toContain("reports_budget_unknown_total");
    dynamodb.set("pass");
    expect(await outcome(budget)).toBe("in");
  });

  it("reports of a service that had none are taken", async () => {
    const { budget } = startedAnew();
    expect(await outcome(budget)).toBe("in");
    dynamodb.set("refuse");
    expect(await outcome(budget)).toBe("in");
  });

  it("a report of which nothing is known is to come again, and taken once that is an outage", async () => {
    await bounded(1);
    const { budget, clock, counted, lines } = startedAnew();
    dynamodb.set("refuse");
    expect(await outcome(budget)).toBeInstanceOf(Unavailable);
    clock.now += 3_999;
    expect(await outcome(budget)).toBeInstanceOf(Unavailable);
    expect(counted).not.toContain("reports_budget_unknown_total");
    clock.now += 1;
    for (let count = 0; count < 3; count++) expect(await outcome(budget)).toBe("in");
    expect(counted.filter((name) => name === "reports_budget_unknown_total")).toHaveLength(3);
    const told = lines.filter(({ msg }) => /^policies cannot be read; /.test(String(msg)));
    expect(told).toHaveLength(1);

    dynamodb.set("pass");
    expect(await outcome(budget)).toBe("in");
    expect(await outcome(budget)).toBeInstanceOf(LimitExceeded);
    // A slow moment later is another one.
    dynamodb.set("refuse");
    clock.now += 3_600_000;
    expect(await outcome(budget, `${serviceName} unknown`)).toBeInstanceOf(Unavailable);
  });

  it("two failures far apart are two slow moments, and no outage", async () => {
    const { budget, clock, counted } = startedAnew();
    dynamodb.set("refuse");
    expect(await outcome(budget, `${serviceName} once`)).toBeInstanceOf(Unavailable);
    clock.now += 15_001;
    expect(await outcome(budget)).toBeInstanceOf(Unavailable);
    clock.now += 5_000;
    expect(await outcome(budget)).toBe("in");
    expect(counted).toContain("reports_budget_unknown_total");
  });
});

describe("a policy that a hand breaks", () => {
  it("leaves its budget in force, as agents keep the policy that they hold", async () => {
    await bounded(1);
    const report = () =>
      world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, goodReport(serviceName)).then(
        () => "ok",
        ({ code }) => Code[code],
      );
    expect(await report()).toBe("ok");
    const hand = openHandEdits({ config: world.config, server: { engines: world.engines } });
    await hand.put("policies", { serviceName: { S: serviceName }, targets: TYPED_TARGETS, budget: { S: "ten" } });
    hand.close();
    expect((await world.services.policyStore.get(serviceName))?.state).toBe("invalid");
    expect(await report()).toBe("ResourceExhausted");
  });
});

describe("a report that SQS does not take", () => {
  it.each(["refuse", "hang"] as const)(
    "as it would %s, takes no place for nothing, and no agent's patience",
    async (mode) => {
      await bounded(1);
      const report = () =>
        world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, goodReport(serviceName)).then(
          () => "ok",
          ({ code }) => Code[code],
        );
      sqs.set(mode);
      const startedAt = performance.now();
      expect(await report()).toBe("Unavailable");
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      sqs.set("pass");
      expect([await report(), await report()]).toEqual(["ok", "ResourceExhausted"]);
    },
  );
});
