import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { walkDeadLetters } from "../../shared/deliveries/dead-letters.ts";
import { redrive } from "../../shared/deliveries/redrive.ts";
import { type DeadLetters, openDeadLetters } from "../support/dead-letters.ts";
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

describe("a redrive", () => {
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
