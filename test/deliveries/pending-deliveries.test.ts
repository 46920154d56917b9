import { describe, expect, it } from "vitest";
import { createPendingDeliveries } from "../../shared/deliveries/pending-deliveries.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const HOUR_MS = 3_600_000;

function startAtNoon(maxEntries = 1_000) {
  const clock = { now: NOON };
  const pending = createPendingDeliveries({ now: () => clock.now, maxEntries });
  return { clock, pending, oldest: () => Object.fromEntries(pending.oldest()) };
}

describe("pending deliveries", () => {
  it("tell each collector's oldest, which grows with the clock", () => {
    const { clock, pending, oldest } = startAtNoon();
    expect(oldest()).toEqual({});
    pending.waits("hook", "b", NOON - 4_000);
    pending.waits("hook", "a", NOON - 7_500);
    pending.waits("hook", "c", NOON - 1_000);
    pending.waits("oap", "c", NOON);
    expect(oldest()).toEqual({ hook: 7.5, oap: 0 });
    clock.now += 60_000;
    expect(oldest()).toEqual({ hook: 67.5, oap: 60 });
  });

  it("are done for one collector alone, and then the next oldest counts", () => {
    const { pending, oldest } = startAtNoon();
    pending.waits("hook", "a", NOON - 9_000);
    pending.waits("hook", "b", NOON - 4_000);
    pending.waits("oap", "a", NOON - 9_000);
    pending.ended("hook", "a");
    expect(oldest()).toEqual({ hook: 4, oap: 9 });
    pending.ended("hook", "b");
    pending.ended("hook", "b");
    pending.ended("nobody", "z");
    expect(oldest()).toEqual({ oap: 9 });
  });

  it("count from the first time that they were seen", () => {
    const { clock, pending, oldest } = startAtNoon();
    pending.waits("hook", "a", NOON - 9_000);
    clock.now += HOUR_MS;
    pending.waits("hook", "a", clock.now);
    expect(oldest()).toEqual({ hook: 3_609 });
  });

  it("are never from the future", () => {
    const { pending, oldest } = startAtNoon();
    pending.waits("hook", "a", NOON + 5_000);
    expect(oldest()).toEqual({ hook: 0 });
  });

  it("are forgotten where nothing was heard of them for longer than any wait is", () => {
    const { clock, pending, oldest } = startAtNoon();
    pending.waits("hook", "ends elsewhere", NOON);
    pending.waits("oap", "comes again", NOON);
    clock.now += 12 * HOUR_MS;
    pending.waits("oap", "comes again", NOON);
    expect(oldest()).toEqual({ hook: 43_200, oap: 43_200 });
    clock.now += 2 * HOUR_MS;
    expect(oldest()).toEqual({ oap: 50_400 });
  });

  it("are taken once, and seen anew then", () => {
    const { pending, oldest } = startAtNoon();
    pending.waits("hook", "a", NOON - 9_000);
    expect(Object.fromEntries(pending.takeOldest())).toEqual({ hook: 9 });
    expect(oldest()).toEqual({});
    pending.waits("hook", "b", NOON - 1_000);
    expect(oldest()).toEqual({ hook: 1 });
  });
});

describe("with more of them than fit", () => {
  const FULL = 100;
  /** Deliveries 0 to 99, one second apart, in an order that is neither. */
  function full() {
    const world = startAtNoon(FULL);
    const places = Array.from({ length: FULL }, (_, index) => (index * 37) % FULL);
    for (const place of places) world.pending.waits("hook", `${place}`, NOON - place * 1_000);
    return world;
  }

  it("as many as fit are known", () => {
    const { pending, oldest } = full();
    for (let place = FULL - 1; place >= 0; place--) {
      expect(oldest()).toEqual({ hook: place });
      pending.ended("hook", `${place}`);
    }
    expect(oldest()).toEqual({});
  });

  it("the newest are not taken", () => {
    const { pending, oldest } = full();
    for (let late = 0; late < 500; late++) pending.waits("oap", `late ${late}`, NOON);
    expect(oldest()).toEqual({ hook: 99 });
    pending.ended("hook", "50");
    pending.waits("oap", "fits", NOON);
    pending.waits("oap", "does not", NOON);
    expect(oldest()).toEqual({ hook: 99, oap: 0 });
  });

  it("an older one takes the place of the newest, in whatever order they come", () => {
    const { pending, oldest } = full();
    pending.waits("oap", "older", NOON - 200_000);
    pending.waits("oap", "oldest", NOON - 300_000);
    pending.waits("oap", "older, too", NOON - 250_000);
    expect(oldest()).toEqual({ hook: 99, oap: 300 });
    for (let place = 3; place < FULL; place++) pending.ended("hook", `${place}`);
    // Gone are the newest, 0 to 2, and nothing else.
    expect(oldest()).toEqual({ oap: 300 });
  });

  it("the newest is who came last, too", () => {
    const { pending, oldest } = full();
    pending.waits("oap", "does not fit", NOON + 1_000);
    pending.ended("hook", "50");
    pending.waits("oap", "fits now", NOON + 1_000);
    pending.waits("zipkin", "takes its place", NOON - 1_000);
    expect(oldest()).toEqual({ hook: 99, zipkin: 1 });
    for (let place = 1; place < FULL; place++) pending.ended("hook", `${place}`);
    expect(oldest()).toEqual({ hook: 0, zipkin: 1 });
  });

  it("one that is known is heard of again", () => {
    const { clock, pending, oldest } = full();
    clock.now += 12 * HOUR_MS;
    pending.waits("hook", "7", NOON - 7_000);
    clock.now += 2 * HOUR_MS;
    expect(oldest()).toEqual({ hook: 14 * 3_600 + 7 });
  });
});
