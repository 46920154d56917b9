import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { QueueReader } from "../../shared/aws/queue-reader.ts";
import { walkDeadLetters } from "../../shared/deliveries/dead-letters.ts";
import { redrive } from "../../shared/deliveries/redrive.ts";
import { type DeadLetters, openDeadLetters } from "../support/dead-letters.ts";
import { heapMiB } from "../support/heap.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

let world: StillWorld;
let dead: DeadLetters;

beforeAll(async () => {
  world = await startStillWorld();
  dead = openDeadLetters(world.engines.aws, world.config.stack, "deliveries");
});
afterEach(() => dead.purge());
afterAll(async () => {
  dead.close();
  await world.stop();
});

/** Puts letters `1`, `2`, … */
async function put(count: number): Promise<string[]> {
  const bodies = Array.from({ length: count }, (_, index) => String(index + 1));
  for (const body of bodies) await dead.put(body, "because");
  return bodies;
}

/** The queue, which gives out nothing while so many letters are in hand, as SQS does at 120,000. */
function withQuota(most: number): QueueReader {
  const { reader } = dead;
  const inHand = new Set<string>();
  return {
    ...reader,
    async receive(hideSeconds) {
      if (inHand.size >= most) return [];
      const batch = await reader.receive(hideSeconds);
      for (const { receipt } of batch) inHand.add(receipt);
      return batch;
    },
    async delete(letter) {
      await reader.delete(letter);
      inHand.delete(letter.receipt);
    },
    async release(letters) {
      await reader.release(letters);
      for (const { receipt } of letters) expect(inHand.delete(receipt)).toBe(true);
    },
  };
}

describe("a walk through the dead letters", () => {
  it("looks at each letter once, deletes none itself, and shows all again", async () => {
    const bodies = await put(33);
    const looked: string[] = [];
    const end = await walkDeadLetters({
      letters: dead.reader,
      startedAt: Date.now(),
      look: async ({ body, reason }) => {
        looked.push(body);
        expect(reason).toBe("because");
        return "left";
      },
    });
    expect(looked.sort()).toEqual(bodies.sort());
    expect(end).toMatchObject({ looked: 33, expected: 33, late: 0, hidden: 0, isStopped: false });
    await dead.shown(33);
  });

  it("ends although each letter comes back at once, and looks at no newcomer", async () => {
    const bodies = await put(25);
    const looked: string[] = [];
    const end = await walkDeadLetters({
      letters: dead.reader,
      startedAt: Date.now(),
      look: async (letter) => {
        looked.push(letter.body);
        for (let copies = 0; copies < 10; copies++) await dead.put(`${letter.body} again`, "because");
        await dead.reader.delete(letter);
        return "taken";
      },
    });
    expect(looked.sort()).toEqual(bodies.sort());
    expect(end.late).toBeGreaterThan(0);
    expect(end.notLooked).toBe(0);
    await dead.shown(250);
  });

  it("ends while more letters come with every look than it looks at", async () => {
    await put(5);
    const end = await walkDeadLetters({
      letters: dead.reader,
      startedAt: Date.now(),
      look: async () => "left",
      onProgress: () => put(10),
    });
    expect(end.looked).toBe(5);
  });

  it("shows all again if looking fails, and says why", async () => {
    await put(12);
    const walk = walkDeadLetters({
      letters: dead.reader,
      startedAt: Date.now(),
      look: async ({ body }) => {
        if (body === "5") throw new Error("engine away");
        return "left";
      },
    });
    await expect(walk).rejects.toThrow("engine away");
    await dead.shown(12);
  });

  it("tells how far it has come", async () => {
    await put(21);
    const walks: [looked: number, expected: number][] = [];
    await walkDeadLetters({
      letters: dead.reader,
      startedAt: Date.now(),
      look: async () => "left",
      onProgress: ({ looked, expected }) => walks.push([looked, expected]),
    });
    expect(walks).toEqual([
      [10, 21],
      [20, 21],
      [21, 21],
    ]);
  });
});

describe("a walk through more letters than a queue has in hand at once", () => {
  it("looks at each, once, and never holds more than it may", async () => {
    const bodies = await put(95);
    const queue = withQuota(30);
    const looked: string[] = [];
    const end = await walkDeadLetters({
      letters: queue,
      startedAt: Date.now(),
      look: async (letter) => {
        looked.push(letter.body);
        if (Number(letter.body) % 5 !== 0) return "left";
        await queue.delete(letter);
        return "taken";
      },
      limits: { held: 20 },
    });
    expect(looked.sort()).toEqual(bodies.sort());
    expect(end).toMatchObject({ looked: 95, expected: 95, notLooked: 0, hidden: 0, late: 0 });
    await dead.shown(76);
  });

  it("ends, and says how many it has not seen, if the queue gives nothing more", async () => {
    await put(50);
    const end = await walkDeadLetters({ letters: withQuota(30), startedAt: Date.now(), look: async () => "left" });
    expect(end).toMatchObject({ looked: 30, expected: 50, notLooked: 20, late: 0, isStopped: false });
    await dead.shown(50);
  });

  it("ends after as many as it may remember, newcomers too, and says how many it has not seen", async () => {
    await put(50);
    const most = { letters: dead.reader, look: async () => "left" as const, limits: { looked: 20 } };
    expect(await walkDeadLetters({ ...most, startedAt: Date.now() })).toMatchObject({ looked: 20, notLooked: 30 });
    await dead.shown(50);
    expect(await walkDeadLetters({ ...most, startedAt: 0 })).toMatchObject({ looked: 0, late: 20 });
    await dead.shown(50);
  });

  it("ends while what it shows again comes back before the rest", async () => {
    await put(40);
    const shownAgain: string[] = [];
    const inTurn: QueueReader = {
      ...dead.reader,
      async release(messages) {
        await dead.reader.release(messages);
        shownAgain.push(...messages.map(({ receipt }) => receipt));
      },
      async receive(hideSeconds) {
        const again = shownAgain.splice(0, 10).flatMap((receipt) => letters.get(receipt) ?? []);
        const batch = again.length > 0 ? again : await dead.reader.receive(hideSeconds);
        for (const letter of batch) letters.set(letter.receipt, letter);
        return batch;
      },
    };
    const letters = new Map<string, Awaited<ReturnType<QueueReader["receive"]>>[number]>();
    const end = await walkDeadLetters({
      ...{ letters: inTurn, startedAt: Date.now(), look: async () => "left" },
      limits: { held: 10 },
    });
    expect(end).toMatchObject({ looked: 20, notLooked: 20 });
    await dead.shown(40);
  });

  it("keeps no letter in memory", async () => {
    for (let letters = 0; letters < 100; letters++) await dead.put(`${letters} ${"x".repeat(200_000)}`, "because");
    const before = heapMiB();
    const most = { looked: 0, heap: 0 };
    await walkDeadLetters({
      letters: dead.reader,
      startedAt: Date.now(),
      look: async () => {
        if (++most.looked === 100) most.heap = heapMiB();
        return "left";
      },
    });
    expect(most.looked).toBe(100);
    expect(most.heap - before).toBeLessThan(8); // a batch of ten is 2 MB, all are 20
    await dead.shown(100);
  }, 30_000);
});

describe("a redrive", () => {
  it.each([true, false])("counts letters of one delivery once (dry: %s)", async (isDryRun) => {
    for (const body of ["a", "b", "a", "done", "a", "done"]) await dead.put(body, "because");
    const report = await redrive({
      ...{ letters: dead.reader, startedAt: Date.now(), isDryRun },
      open: (body) => ({ key: body, isDone: async () => body === "done", send: async () => body !== "done" }),
    });
    expect(report).toMatchObject({ looked: 6, sent: 2, alreadyDelivered: 1, others: 3 });
    expect([...report.reasons]).toEqual([["because", 2]]);
    await dead.shown(isDryRun ? 6 : 3);
  });

  it("sends a letter that comes back at once no second time, even by a clock that is ahead", async () => {
    await put(5);
    const sent: string[] = [];
    const report = await redrive({
      letters: dead.reader,
      startedAt: Date.now() + 60_000,
      open: (body) => ({
        key: body,
        isDone: async () => false,
        async send() {
          sent.push(body);
          await dead.put(body, "again");
          return true;
        },
      }),
    });
    expect(sent.sort()).toEqual(["1", "2", "3", "4", "5"]);
    expect(report).toMatchObject({ sent: 5, reasons: new Map([["because", 5]]) });
    await dead.shown(5);
  });
});
