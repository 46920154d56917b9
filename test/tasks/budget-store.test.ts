import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ProfilingTarget, type ProfilingTask, ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { tableName } from "../../shared/resources.ts";
import { slotOf } from "../../shared/tasks/active-tasks.ts";
import { type BudgetStore, createBudgetStore } from "../../shared/tasks/budget-store.ts";
import { reportFingerprint } from "../../shared/tasks/report-fingerprint.ts";
import { countedAws } from "../support/counted-aws.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const DURATION_S = 600;

let world: StillWorld;
let hand: HandEdits;
let counted: ReturnType<typeof countedAws>;
let now = NOON;
let store: BudgetStore;
let services = 0;
let serviceName = "";
let reports = 0;

beforeAll(async () => {
  world = await startStillWorld();
  hand = openHandEdits({ config: world.config, server: { engines: world.engines } });
  counted = countedAws(world.engines.aws);
  store = storeAt(() => now);
});
beforeEach(() => {
  now = NOON;
  serviceName = `checkout-${services++}`;
});
afterAll(async () => {
  hand.close();
  counted.aws.destroy();
  await world.stop();
});

/** As another server would have it, on the same table. */
function storeAt(clock: () => number): BudgetStore {
  const table = tableName(world.config.stack, "budgets");
  return createBudgetStore({ documents: counted.aws.documents, table, now: clock });
}

/** A report of its own, unless `processName` makes it the same as another. */
function taskOf(more: MessageInitShape<typeof ProfilingTaskSchema> = {}): ProfilingTask {
  const number = reports++;
  return create(ProfilingTaskSchema, {
    taskId: `task-${number}`,
    serviceName,
    processName: `process ${number}`,
    target: ProfilingTarget.ON_CPU,
    durationSeconds: DURATION_S,
    reportedAt: timestampFromMs(now),
    ...more,
  });
}

const acquire = (maxActive: number, task = taskOf()) => store.acquire(task, maxActive);
const outcomes = async (acquisitions: Promise<{ outcome: string }>[]) =>
  (await Promise.all(acquisitions)).map(({ outcome }) => outcome).sort();
const times = (count: number, outcome: string): string[] => Array.from({ length: count }, () => outcome);
const activeCount = async (target = "ON_CPU") => (await store.active(serviceName)).get(target)?.size ?? 0;
const typed = (active: AttributeValue | undefined, target = "ON_CPU") =>
  hand.put("budgets", {
    serviceName: { S: serviceName },
    target: { S: target },
    ...(active && { active }),
  });
const typedTask = (endsAt: number): AttributeValue => ({
  M: { taskId: { S: "typed" }, reportedAt: { N: String(NOON) }, endsAt: { N: String(endsAt) } },
});

describe("a budget of 3", () => {
  it("takes 3, says when there is room, and takes 3 again once they are over", async () => {
    const ends = [];
    for (let count = 0; count < 3; count++) {
      expect((await acquire(3)).outcome).toBe("taken");
      ends.push(now + DURATION_S * 1_000);
      now += 1_000;
    }
    expect(await acquire(3)).toMatchObject({ outcome: "full", freeAt: ends[0], active: { size: 3 } });
    now = (ends[0] ?? 0) + 1;
    expect((await acquire(3)).outcome).toBe("taken");
    expect(await acquire(3)).toMatchObject({ outcome: "full", freeAt: ends[1] });
    now = (ends[2] ?? 0) + DURATION_S * 1_000 + 2;
    expect(await outcomes(Array.from({ length: 5 }, () => acquire(3)))).toEqual([
      ...times(2, "full"),
      ...times(3, "taken"),
    ]);
  });

  it("costs one write where there is room", async () => {
    await acquire(3);
    const before = [counted.writes(), counted.requests.get("GetItemCommand")];
    await acquire(3);
    expect([counted.writes(), counted.requests.get("GetItemCommand")]).toEqual([Number(before[0]) + 1, before[1]]);
  });

  it("is another one for each target and each service", async () => {
    for (let count = 0; count < 3; count++) await acquire(3);
    expect((await acquire(3)).outcome).toBe("full");
    expect((await acquire(3, taskOf({ target: ProfilingTarget.NETWORK }))).outcome).toBe("taken");
    expect((await acquire(3, taskOf({ serviceName: `${serviceName} too` }))).outcome).toBe("taken");
    expect([await activeCount(), await activeCount("NETWORK")]).toEqual([3, 1]);
  });

  it("that is raised takes more at once, and one that is lowered nothing until enough are over", async () => {
    for (let count = 0; count < 5; count++, now += 1_000) expect((await acquire(5)).outcome).toBe("taken");
    expect((await acquire(3)).outcome).toBe("full");
    // Of five, three have to end before there is room for a third.
    expect(await acquire(3)).toMatchObject({ freeAt: NOON + 2_000 + DURATION_S * 1_000 });
    expect((await acquire(6)).outcome).toBe("taken");
  });

  it("that was lowered a lot gives back more than fits into one write", async () => {
    await typed({
      M: Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`s${index}`, typedTask(NOON - 1)])),
    });
    expect(await outcomes(Array.from({ length: 6 }, () => acquire(3)))).toEqual([
      ...times(3, "full"),
      ...times(3, "taken"),
    ]);
    const item = await hand.get("budgets", { serviceName: { S: serviceName }, target: { S: "ON_CPU" } });
    expect(Object.keys(item?.active?.M ?? {})).toHaveLength(3);
  });
});

describe("exactly as many as may be are taken", () => {
  const full = (taken: number, of: number) => [...times(of - taken, "full"), ...times(taken, "taken")];

  it("by 60 reports at once, of which two servers have one half each", async () => {
    const other = storeAt(() => now);
    const acquisitions = Array.from({ length: 60 }, (_, index) => (index % 2 ? store : other).acquire(taskOf(), 5));
    expect(await outcomes(acquisitions)).toEqual(full(5, 60));
    expect(await activeCount()).toBe(5);
  });

  it("by 60 at once where all tasks are over", async () => {
    for (let count = 0; count < 5; count++) await acquire(5);
    now += DURATION_S * 1_000 + 1;
    expect(await outcomes(Array.from({ length: 60 }, () => acquire(5)))).toEqual(full(5, 60));
  });

  it("by 60 at once where some are over, one is not, and some are broken", async () => {
    const active = {
      over: typedTask(NOON - 1),
      lasting: typedTask(NOON + 60_000),
      broken: { S: "x" },
      blank: { M: {} },
    };
    await typed({ M: active });
    expect(await outcomes(Array.from({ length: 60 }, () => acquire(4)))).toEqual(full(3, 60));
    expect(await activeCount()).toBe(4);
  });

  it("while reports are taken and given back in turn", async () => {
    const loops = Array.from({ length: 12 }, async () => {
      for (let round = 0; round < 8; round++) {
        const task = taskOf();
        const acquired = await acquire(3, task);
        expect(await activeCount()).toBeLessThanOrEqual(3);
        if (acquired.outcome === "taken" && acquired.slot !== undefined) await store.release(task, acquired.slot);
      }
    });
    await Promise.all(loops);
    expect(await activeCount()).toBe(0);
  });
});

describe("what a hand has left heals", () => {
  const BROKEN: Record<string, AttributeValue> = {
    nothing: { NULL: true },
    "a text": { S: "five" },
    "a long text": { S: "x".repeat(1_000) },
    "a number": { N: "5" },
    "a list": { L: [typedTask(NOON + 60_000)] },
    "a set": { SS: ["a"] },
    "a map of nonsense": {
      M: { a: { S: "x" }, b: { N: "1e60" }, c: { M: { endsAt: { S: "soon" } } }, d: { NULL: true }, e: { L: [] } },
    },
    "a task that would last for ever": { M: { ever: typedTask(9e15) } },
  };
  it.each(Object.entries(BROKEN))("where it is %s", async (_what, active) => {
    await typed(active);
    expect(await outcomes(Array.from({ length: 4 }, () => acquire(2)))).toEqual(["full", "full", "taken", "taken"]);
  });

  it("where the attribute is gone", async () => {
    await typed(undefined);
    expect((await acquire(1)).outcome).toBe("taken");
    expect((await acquire(1)).outcome).toBe("full");
  });
});

describe("the same report", () => {
  const again = (task: ProfilingTask, afterMs: number, taskId = `${task.taskId} again`) =>
    create(ProfilingTaskSchema, { ...task, taskId, reportedAt: timestampFromMs(NOON + afterMs) });

  it("shares the slot that it has, on whichever server, and though the budget is full", async () => {
    const task = taskOf();
    expect(await acquire(1, task)).toEqual({ outcome: "taken", slot: slotOf(reportFingerprint(task)) });
    expect(await acquire(1, again(task, 59_999))).toEqual({ outcome: "taken", slot: undefined });
    expect(await activeCount()).toBe(1);
  });

  it("is active until the one that was answered last is over, within a minute of the first", async () => {
    const task = taskOf();
    await acquire(1, task);
    await acquire(1, again(task, 50_000));
    const [active] = (await store.active(serviceName)).get("ON_CPU")?.values() ?? [];
    expect(active).toMatchObject({ reportedAt: NOON, endsAt: NOON + 50_000 + DURATION_S * 1_000 });
    // A minute after the first it is a report of its own, though not after the second.
    expect((await acquire(1, again(task, 60_000, "third"))).outcome).toBe("full");
  });

  it("is not given back by the one who came first once another was let in with it, nor by that one", async () => {
    const [task, other] = [taskOf(), taskOf()];
    const first = await acquire(2, task);
    const second = again(task, 1_000);
    await acquire(2, second);
    const slot = first.outcome === "taken" ? (first.slot ?? "") : "";
    await store.release(task, slot);
    await acquire(2, other);
    expect(await activeCount()).toBe(2);
  });

  it("has a slot beside it a minute later", async () => {
    const task = taskOf();
    await acquire(2, task);
    const slot = `${slotOf(reportFingerprint(task))}.1`;
    expect(await acquire(2, again(task, 60_000))).toEqual({ outcome: "taken", slot });
    expect((await acquire(2, again(task, 120_000))).outcome).toBe("full");
  });

  it("whose write was heard but not its answer has its slot to itself", async () => {
    const task = taskOf();
    const first = await acquire(1, task);
    expect(await acquire(1, task)).toEqual(first);
  });
});

it("a slot given back is free at once, and giving it back again takes nobody else's", async () => {
  const [first, second] = [taskOf(), taskOf()];
  const acquired = await acquire(1, first);
  const slot = acquired.outcome === "taken" ? (acquired.slot ?? "") : "";
  await store.release(first, slot);
  expect((await acquire(1, second)).outcome).toBe("taken");
  await store.release(first, slot);
  await store.release(second, slot);
  expect(await activeCount()).toBe(1);
});

it("an item expires after its last task has ended, however long that lasts", async () => {
  await acquire(1, taskOf({ durationSeconds: 86_400 }));
  const item = await hand.get("budgets", { serviceName: { S: serviceName }, target: { S: "ON_CPU" } });
  expect(Number(item?.expiresAt?.N)).toBeGreaterThan((NOON + 86_400_000) / 1_000);
});

it("of a service that nothing can be stored of, nothing is active", async () => {
  expect((await store.active("")).size + (await store.active("never")).size).toBe(0);
});

/** What the table must look like: the ends of the active tasks. */
interface Model {
  readonly ends: number[];
}
type Real = undefined;

class Acquire implements fc.AsyncCommand<Model, Real> {
  readonly #maxActive: number;
  readonly #durationS: number;
  constructor(maxActive: number, durationS: number) {
    this.#maxActive = maxActive;
    this.#durationS = durationS;
  }
  check = () => true;
  async run({ ends }: Model): Promise<void> {
    const active = ends.filter((end) => end >= now).length;
    const { outcome } = await acquire(this.#maxActive, taskOf({ durationSeconds: this.#durationS }));
    expect(outcome).toBe(active < this.#maxActive ? "taken" : "full");
    if (outcome === "taken") ends.push(now + this.#durationS * 1_000);
    expect(await activeCount()).toBe(active + (outcome === "taken" ? 1 : 0));
  }
  toString = () => `acquire one of ${this.#maxActive} for ${this.#durationS} s`;
}

class Pass implements fc.AsyncCommand<Model, Real> {
  readonly #ms: number;
  constructor(ms: number) {
    this.#ms = ms;
  }
  check = () => true;
  async run(): Promise<void> {
    now += this.#ms;
  }
  toString = () => `${this.#ms} ms pass`;
}

it("whatever budgets, durations and times come one after the other, there is room exactly while fewer are active", {
  timeout: 60_000,
}, async () => {
  const anyAcquire = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }))
    .map(([maxActive, durationS]) => new Acquire(maxActive, durationS));
  const anyPass = fc.integer({ min: 1, max: 3_000 }).map((ms) => new Pass(ms));
  await fc.assert(
    fc.asyncProperty(fc.commands([anyAcquire, anyPass], { maxCommands: 25 }), async (commands) => {
      serviceName = `model-${services++}`;
      await fc.asyncModelRun(() => ({ model: { ends: [] }, real: undefined }), commands);
    }),
    { numRuns: 30 },
  );
});
