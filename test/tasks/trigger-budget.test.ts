import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LimitExceeded, Unavailable } from "../../shared/errors.ts";
import { ProfilingTarget, type ProfilingTask, ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { tableName } from "../../shared/resources.ts";
import { type BudgetStore, createBudgetStore } from "../../shared/tasks/budget-store.ts";
import { createTriggerBudget, type TriggerBudget } from "../../shared/tasks/trigger-budget.ts";
import { countedAws } from "../support/counted-aws.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const DURATION_MS = 600_000;

let world: StillWorld;
let proxy: SwitchableProxy;
let counted: ReturnType<typeof countedAws>;
let store: BudgetStore;
let budget: TriggerBudget;
let now = NOON;
let services = 0;
let serviceName = "";
let reports = 0;

beforeAll(async () => {
  world = await startStillWorld();
  proxy = await startSwitchableProxy(world.engines.dynamodb.port);
  counted = countedAws({ ...world.engines.aws, dynamodbEndpoint: `http://127.0.0.1:${proxy.port}` });
  const table = tableName(world.config.stack, "budgets");
  store = createBudgetStore({ documents: counted.aws.documents, table, now: () => now });
});
beforeEach(() => {
  now = NOON;
  serviceName = `checkout-${services++}`;
  budget = anotherServer();
});
afterAll(async () => {
  counted.aws.destroy();
  await proxy.close();
  await world.stop();
});

const anotherServer = () => createTriggerBudget({ store, now: () => now });

function taskOf(more: MessageInitShape<typeof ProfilingTaskSchema> = {}): ProfilingTask {
  const number = reports++;
  return create(ProfilingTaskSchema, {
    taskId: `task-${number}`,
    serviceName,
    processName: `process ${number}`,
    target: ProfilingTarget.ON_CPU,
    durationSeconds: DURATION_MS / 1_000,
    reportedAt: timestampFromMs(now),
    ...more,
  });
}

/** `in`, or what it was refused with. */
async function outcome(entering: Promise<unknown>): Promise<unknown> {
  return entering.then(
    () => "in",
    (error) => error,
  );
}
const enter = async (maxActive: number, task = taskOf()) => outcome(budget.enter(task, maxActive));
const requests = () => [...counted.requests.values()].reduce((sum, count) => sum + count, 0);

it("of 200 reports at once on two servers 5 are let in, and most of the others cost nothing", async () => {
  const before = requests();
  const servers = [budget, anotherServer()];
  const entering = Array.from({ length: 200 }, (_, index) =>
    outcome((servers[index % 2] ?? budget).enter(taskOf(), 5)),
  );
  const all = await Promise.all(entering);
  expect(all.filter((one) => one === "in")).toHaveLength(5);
  expect(all.filter((one) => one instanceof LimitExceeded)).toHaveLength(195);
  expect(requests() - before).toBeLessThan(100);
});

it("a refusal says whose budget is full, of what, and when to come again", async () => {
  await enter(1);
  now += 60_000;
  const refused = await enter(1);
  expect(refused).toBeInstanceOf(LimitExceeded);
  expect(refused).toMatchObject({
    message: `budget of ${serviceName} is full: 1 of 1 ON_CPU tasks are active; there is room in 9 min`,
    retryAfterMs: DURATION_MS - 60_000,
  });
});

describe("a budget that was full", () => {
  it("is not asked again for 5 s, and then it is", async () => {
    await enter(1);
    await enter(1);
    const before = requests();
    now += 4_999;
    for (let count = 0; count < 50; count++) expect(await enter(1)).toBeInstanceOf(LimitExceeded);
    expect(requests()).toBe(before);
    now += 1;
    expect(await enter(1)).toBeInstanceOf(LimitExceeded);
    expect(requests()).toBeGreaterThan(before);
  });

  it("is asked as soon as the first task is over, if that is sooner", async () => {
    await enter(1, taskOf({ durationSeconds: 2 }));
    expect(await enter(1)).toMatchObject({ retryAfterMs: 2_000 });
    now += 2_001;
    expect(await enter(1)).toBe("in");
  });

  it("is asked at once when the policy has another one, or for another target", async () => {
    await enter(1);
    await enter(1);
    expect(await enter(1, taskOf({ target: ProfilingTarget.OFF_CPU }))).toBe("in");
    expect(await enter(2)).toBe("in");
  });

  it("still lets in a report that has its place, accepted by another server", async () => {
    const task = taskOf();
    await anotherServer().enter(task, 1);
    expect(await enter(1)).toBeInstanceOf(LimitExceeded);
    expect(await enter(1, create(ProfilingTaskSchema, { ...task, taskId: "again" }))).toBe("in");
  });

  it("is asked at once after this server has given a place back", async () => {
    const leave = await budget.enter(taskOf(), 1);
    await enter(1);
    await leave();
    expect(await enter(1)).toBe("in");
  });
});

describe("while DynamoDB would", () => {
  it.each(["refuse", "hang"] as const)(
    "%s, reports are to come again, in time, however many there are",
    async (mode) => {
      proxy.set(mode);
      const startedAt = performance.now();
      const all = await Promise.all(Array.from({ length: 50 }, () => enter(5)));
      expect(performance.now() - startedAt).toBeLessThan(2_400); // leaves time for what comes after
      expect(all.filter((one) => one instanceof Unavailable)).toHaveLength(50);
      proxy.set("pass");
      // Those whose turn came too late have asked for nothing.
      await until("there is room", async () => ((await enter(1)) === "in" ? true : undefined));
    },
  );

  it("refuse, giving a place back fails nobody", async () => {
    const leave = await budget.enter(taskOf(), 1);
    proxy.set("refuse");
    await expect(leave()).resolves.toBeUndefined();
    proxy.set("pass");
  });
});

it("a place that comes too late for its report is given back", async () => {
  let arrive = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const acquire: BudgetStore["acquire"] = async (...asked) => {
    const acquired = await store.acquire(...asked);
    await arrival;
    return acquired;
  };
  budget = createTriggerBudget({ store: { ...store, acquire }, now: () => now });
  expect(await enter(1)).toBeInstanceOf(Unavailable);
  arrive();
  await until("the place is free", async () => {
    const active = (await store.active(serviceName)).get("ON_CPU");
    return active?.size === 0 ? true : undefined;
  });
});

it("no more than 2,000 reports wait for their turn", async () => {
  proxy.set("hang");
  const all = await Promise.all(Array.from({ length: 2_050 }, () => enter(5)));
  const turnedAway = all.filter((one) => one instanceof Unavailable && /too many/.test(one.message));
  expect(turnedAway.length).toBeGreaterThanOrEqual(40);
  expect(all).not.toContain("in");
  proxy.set("pass");
});
