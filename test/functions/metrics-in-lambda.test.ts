import { Code } from "@connectrpc/connect";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { loadConfig } from "../../shared/config.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { type Point, readEmfLine, sumsOf, valuesOf } from "../support/emf.ts";
import { openHandEdits } from "../support/hand-edits.ts";
import { type LambdaWorld, startLambdaWorld } from "../support/lambda-world.ts";
import { cpuPolicy, goodReport, servicesIn } from "../support/policies.ts";
import { receiveAll } from "../support/receive-all.ts";
import { sqsEvent } from "../support/sqs-event.ts";

const STACK = "metered";
const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const MINUTE_MS = 60_000;
/** What the collector of that name answers. */
const STATUSES: Record<string, number> = { hook: 204, busy: 503, strict: 400, closed: 410 };

let world: LambdaWorld;
let collectors: RecordingCollector[];
/** What was written to standard output since the test began; nothing but metrics may be there. */
let lines: string[];
const points = (): Point[] => lines.flatMap((line) => readEmfLine(line, "Flashpoint", Date.now()));

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOON });
  world = await startLambdaWorld(STACK);
  const { collectorStore, policyStore } = world.stores;
  await policyStore.put("checkout", cpuPolicy(80), { updatedBy: "test" });
  collectors = await Promise.all(
    Object.entries(STATUSES).map(async ([name, status]) => {
      const collector = await startRecordingCollector(SECRET, () => ({ status }));
      await collectorStore.put(webhookTo(collector.url, { name, services: name === "hook" ? ["*"] : ["first"] }));
      return collector;
    }),
  );
});
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    lines.push(...`${chunk}`.split("\n").filter(Boolean));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await Promise.all(collectors.map((collector) => collector.close()));
  await world.stop();
  vi.useRealTimers();
});

async function poll(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const answer = await world.agent.queryPolicies({ policies: [{ serviceName: "checkout" }] });
    expect(servicesIn(answer)).toHaveLength(1);
  }
}

async function passMinute(): Promise<void> {
  vi.setSystemTime(Date.now() + MINUTE_MS);
  await poll(1);
}

describe("the agents' door", () => {
  it("writes nothing for polls within a minute, then all of them at once", async () => {
    await passMinute(); // whatever was counted before
    lines = [];
    await poll(120);
    vi.setSystemTime(Date.now() + MINUTE_MS - 1);
    await poll(80);
    expect(lines).toEqual([]);
    vi.setSystemTime(Date.now() + 1);
    await poll(1);
    expect(sumsOf(points(), "policy_polls_total")).toEqual({ [`stack=${STACK}`]: 201 });
    expect(sumsOf(points(), "policy_answers_total")).toEqual({ [`reason=changed stack=${STACK}`]: 201 });
    expect(new Set(points().map(({ timestamp }) => timestamp))).toEqual(new Set([Date.now()]));

    lines = [];
    await poll(50);
    expect(lines).toEqual([]);
    await passMinute();
    expect(sumsOf(points(), "policy_polls_total")).toEqual({ [`stack=${STACK}`]: 51 });
  });

  it("tells at once of an invalid policy, and once, since nobody may poll again", async () => {
    await passMinute();
    lines = [];
    const console = openHandEdits({ config: loadConfig({ FLASHPOINT_STACK: STACK }), server: world });
    await console.put("policies", { serviceName: { S: "torn" }, targets: { S: "?" } });
    console.close();
    const pollTorn = () => world.agent.queryPolicies({ policies: [{ serviceName: "torn" }] });
    await pollTorn();
    expect(sumsOf(points(), "policy_invalid_total")).toEqual({ [`stack=${STACK}`]: 1 });
    lines = [];
    await pollTorn();
    await poll(1);
    expect(lines).toEqual([]);
  });

  it("answers although nothing can be written, and begins anew then", async () => {
    vi.spyOn(process.stdout, "write").mockImplementation(() => {
      throw new Error("no space left");
    });
    await passMinute();
    vi.spyOn(process.stdout, "write").mockImplementation((chunk) => lines.push(`${chunk}`) > 0);
    await passMinute();
    expect(sumsOf(points(), "policy_polls_total")).toEqual({ [`stack=${STACK}`]: 1 });
  });
});

describe("a report on its way", () => {
  const deliver = (bodies: readonly string[]) => world.taskForwarder(sqsEvent(bodies));

  it("is counted by each function, for each collector and outcome", async () => {
    const { agent, engines, taskDispatcher } = world;
    const reports = { first: "onCPU", second: "onCPU", third: "offCPU" } as const;
    for (const [service, target] of Object.entries(reports)) {
      await agent.reportProfilingTask({ ...goodReport(service), targetTask: { case: target, value: {} } });
    }
    await expect(agent.reportProfilingTask({ ...goodReport("first"), duration: 0 })).rejects.toMatchObject({
      code: Code.InvalidArgument,
    });
    expect(lines).toEqual([]);
    await passMinute();
    expect(sumsOf(points(), "reports_total")).toEqual({
      [`stack=${STACK} target=ON_CPU`]: 2,
      [`stack=${STACK} target=OFF_CPU`]: 1,
    });
    expect(sumsOf(points(), "rpc_refusals_total")).toEqual({
      [`code=InvalidArgument method=reportProfilingTask stack=${STACK}`]: 1,
    });

    lines = [];
    const reported = await receiveAll(engines.aws, `${STACK}-tasks`, 3);
    await taskDispatcher(sqsEvent(reported));
    expect(sumsOf(points(), "tasks_recorded_total")).toEqual({ [`stack=${STACK}`]: 3 });
    expect(sumsOf(points(), "reports_total")).toEqual({}); // that was another function's

    lines = [];
    vi.setSystemTime(Date.now() + MINUTE_MS / 2); // 90 s after the reports
    const deliveries = await receiveAll(engines.aws, `${STACK}-deliveries`, 6);
    for (const body of deliveries) await deliver([body]);
    expect(sumsOf(points(), "delivery_attempts_total")).toEqual({
      [`collector=hook outcome=delivered stack=${STACK}`]: 3,
      [`collector=busy outcome=retry stack=${STACK}`]: 1,
      [`collector=strict outcome=refused stack=${STACK}`]: 1,
      [`collector=closed outcome=gone stack=${STACK}`]: 1,
    });
    expect(valuesOf(points(), "delivery_seconds")).toEqual({ [`collector=hook stack=${STACK}`]: [90, 90, 90] });
    // What was refused lies in the dead letters: nothing but the operator can send it again.
    expect(valuesOf(points(), "oldest_pending_delivery_seconds")).toEqual({ [`collector=busy stack=${STACK}`]: [90] });

    lines = [];
    vi.setSystemTime(Date.now() + 5 * MINUTE_MS);
    await deliver(deliveries.filter((body) => body.includes('"busy"')));
    expect(valuesOf(points(), "oldest_pending_delivery_seconds")).toEqual({ [`collector=busy stack=${STACK}`]: [390] });
    expect(valuesOf(points(), "delivery_seconds")).toEqual({});
  });

  it("is worked off although nothing can be written", async () => {
    await world.agent.reportProfilingTask(goodReport("fourth"));
    const reported = await receiveAll(world.engines.aws, `${STACK}-tasks`, 1);
    vi.spyOn(process.stdout, "write").mockImplementation(() => {
      throw new Error("no space left");
    });
    expect(await world.taskDispatcher(sqsEvent(reported))).toEqual({ batchItemFailures: [] });
    const deliveries = await receiveAll(world.engines.aws, `${STACK}-deliveries`, 1);
    expect(await deliver(deliveries)).toEqual({ batchItemFailures: [] });
  });
});
