import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLanes, type Place, turnDelaySeconds } from "../../shared/deliveries/lanes.ts";

/** Attempts at the same time: to a collector that takes events, and to one that fails. */
const WELL = 16;
const FAILING = 4;
const LONGEST_WAIT = 20;

/** Lanes with a clock of their own; `random` goes through its values in turn. */
function lanesAt(randoms: readonly number[] = [0.5]) {
  const clock = { ms: 0 };
  let asked = 0;
  const random = (): number => randoms[asked++ % randoms.length] ?? 0;
  const lanes = createLanes({ now: () => clock.ms, random });

  /** Takes places until there is none. @returns them, and the first wait. */
  function fill(collector: string): { places: Place[]; busySeconds: number } {
    const places: Place[] = [];
    for (;;) {
      const place = lanes.enter(collector);
      if ("busySeconds" in place) return { places, busySeconds: place.busySeconds };
      places.push(place);
    }
  }

  /** Attempts that last so long and end like this, one full lane after the other. */
  function attempts(collector: string, { ms, isWell, rounds }: { ms: number; isWell: boolean; rounds: number }): void {
    for (let round = 0; round < rounds; round++) {
      const { places } = fill(collector);
      clock.ms += ms;
      for (const place of places) place.leave(isWell);
    }
  }

  function waits(collector: string, times: number): number[] {
    return Array.from({ length: times }, () => {
      const place = lanes.enter(collector);
      if (!("busySeconds" in place)) throw new Error("the lane is not full");
      return place.busySeconds;
    });
  }

  return { clock, lanes, fill, attempts, waits };
}

/** How many fall on the most frequent one. */
function mostAtOnce(seconds: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const second of seconds) counts.set(second, (counts.get(second) ?? 0) + 1);
  return Math.max(...counts.values());
}

const step = fc.oneof(
  fc.record({ kind: fc.constant("enter" as const), collector: fc.constantFrom("a", "b") }),
  fc.record({ kind: fc.constant("leave" as const), which: fc.nat(), isWell: fc.boolean() }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(200_000) }),
);

test("whatever comes and goes, none has more places than its width, and waits are whole seconds from 1 to 20", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 400 }),
      fc.double({ min: 0, max: 1, maxExcluded: true }),
      (steps, random) => {
        const { clock, lanes } = lanesAt([random]);
        const taken: { collector: string; place: Place }[] = [];
        const failing = new Set<string>();
        for (const { kind, ...what } of steps) {
          if ("ms" in what) clock.ms += what.ms;
          else if ("collector" in what) {
            const { collector } = what;
            const width = failing.has(collector) ? FAILING : WELL;
            const active = taken.filter((one) => one.collector === collector).length;
            const place = lanes.enter(collector);
            expect("busySeconds" in place, `${kind} with ${active} of ${width}`).toBe(active >= width);
            if ("busySeconds" in place) {
              expect(Number.isInteger(place.busySeconds)).toBe(true);
              expect(place.busySeconds).toBeGreaterThanOrEqual(1);
              expect(place.busySeconds).toBeLessThanOrEqual(LONGEST_WAIT);
            } else taken.push({ collector, place });
          } else if (taken.length > 0) {
            const [left] = taken.splice(what.which % taken.length, 1);
            left?.place.leave(what.isWell);
            if (what.isWell) failing.delete(left?.collector ?? "");
            else failing.add(left?.collector ?? "");
          }
        }
      },
    ),
    { examples: [[Array(40).fill({ kind: "enter", collector: "a" }), 0.5]] },
  );
});

describe("a full lane", () => {
  test("gives out turns as fast as attempts end, and no faster", () => {
    const { attempts, fill, lanes, waits } = lanesAt();
    lanes.enter("slow"); // one is always under way
    attempts("slow", { ms: 8_000, isWell: true, rounds: 4 });
    fill("slow");
    // Sixteen every 8 s are two a second, so thirty take 15 s.
    const seconds = waits("slow", 30);
    expect(mostAtOnce(seconds)).toBeLessThanOrEqual(3);
    expect(Math.max(...seconds)).toBeGreaterThan(13);
    expect(Math.max(...seconds)).toBeLessThan(18);
  });

  test("spreads those whose turn is too far away over its longest wait's second half", () => {
    const { attempts, fill, waits } = lanesAt(Array.from({ length: 100 }, (_, index) => index / 100));
    attempts("hanging", { ms: 10_000, isWell: false, rounds: 4 });
    fill("hanging");
    // Four every 10 s are 8 in 20 s.
    const far = waits("hanging", 108).slice(8);
    expect(Math.min(...far)).toBeGreaterThanOrEqual(LONGEST_WAIT / 2);
    expect(mostAtOnce(far)).toBeLessThanOrEqual(12);
  });

  test("is none of another's business", () => {
    const { fill } = lanesAt();
    fill("one");
    expect(fill("other").places).toHaveLength(WELL);
  });
});

describe("a lane", () => {
  test("is narrow after a failure, and wide again after a success", () => {
    const { attempts, fill } = lanesAt();
    attempts("flaky", { ms: 10, isWell: false, rounds: 1 });
    const { places } = fill("flaky");
    expect(places).toHaveLength(FAILING);
    places.pop()?.leave(true);
    expect(fill("flaky").places).toHaveLength(WELL - FAILING + 1);
  });

  test("that was left well forgets how slow it was", () => {
    const { attempts, fill, lanes } = lanesAt();
    const last = lanes.enter("slow");
    attempts("slow", { ms: 100_000, isWell: true, rounds: 4 });
    const { places, busySeconds } = fill("slow");
    expect(busySeconds).toBeGreaterThan(4);
    for (const place of [last, ...places]) if ("leave" in place) place.leave(true);
    attempts("slow", { ms: 100_000, isWell: true, rounds: 1 });
    expect(fill("slow").busySeconds).toBe(1);
  });

  test("of a collector that was mended lets nobody wait for turns that were given out long before", () => {
    const { attempts, clock, fill, waits } = lanesAt();
    attempts("mended", { ms: 10_000, isWell: false, rounds: 4 });
    const { places } = fill("mended");
    waits("mended", 10_000); // a backlog, which would take seven hours at that pace
    for (const place of places) place.leave(true);
    attempts("mended", { ms: 10, isWell: true, rounds: 10 });
    clock.ms += LONGEST_WAIT * 1_000;
    fill("mended");
    expect(Math.max(...waits("mended", 50))).toBeLessThanOrEqual(2);
  });
});

test("who was told to wait very often waits longer, a second more each time", () => {
  expect(turnDelaySeconds(90, 1)).toBe(90);
  expect(turnDelaySeconds(1, 41)).toBe(1);
  expect(turnDelaySeconds(1, 42)).toBe(2);
  expect(turnDelaySeconds(90, 131)).toBe(91);
  expect(turnDelaySeconds(1, 999)).toBe(959);
});

describe("who may wait in hand", () => {
  const isPlace = (entered: object): entered is Place => "leave" in entered;

  test("gets a place as soon as one is left, first come, first served", async () => {
    const { lanes, fill } = lanesAt();
    const { places } = fill("burst");
    const order: number[] = [];
    const waiting = [1, 2].map(async (number) => {
      const entered = await lanes.enterSoon("burst");
      order.push(number);
      return isPlace(entered);
    });
    places[0]?.leave(true);
    expect(isPlace(lanes.enter("burst"))).toBe(false); // it is taken already
    places[1]?.leave(true);
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(order).toEqual([1, 2]);
  });

  test("is told when its turn is, if no place comes free within a second", async () => {
    const { lanes, fill } = lanesAt();
    const { places } = fill("stuck");
    expect(await lanes.enterSoon("stuck")).toEqual({ busySeconds: expect.any(Number) });
    places[0]?.leave(true);
    expect(isPlace(lanes.enter("stuck"))).toBe(true); // nobody waits for it any more
  });

  test("are as many as there are places; whoever is one too many goes at once", async () => {
    const { lanes, fill } = lanesAt();
    const { places } = fill("crowd");
    const waiting = Array.from({ length: WELL }, () => lanes.enterSoon("crowd"));
    const oneTooMany = await Promise.race([lanes.enterSoon("crowd"), ...waiting]);
    expect(isPlace(oneTooMany)).toBe(false);
    for (const place of places) place.leave(true);
    expect((await Promise.all(waiting)).every(isPlace)).toBe(true);
  });

  test("is nobody where a collector fails", async () => {
    const { lanes, fill, attempts } = lanesAt();
    attempts("down", { ms: 10, isWell: false, rounds: 1 });
    const { places } = fill("down");
    const entered = lanes.enterSoon("down");
    queueMicrotask(() => places[0]?.leave(true)); // too late for who does not wait
    expect(isPlace(await entered)).toBe(false);
  });
});
