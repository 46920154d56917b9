import { afterAll, beforeAll, expect, it } from "vitest";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { until } from "../support/until.ts";

let world: StillWorld;

beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world.stop());

const shown = async (name: string): Promise<string[]> => {
  const text = await (await fetch(`${world.httpUrl}/metrics`)).text();
  return text.split("\n").filter((line) => line.startsWith(name));
};

it("/metrics tells how long deliveries took, in buckets from a tenth of a second to half a day", async () => {
  const { metrics } = world.services;
  for (const seconds of [0.05, 7, 43_200, 100_000]) metrics.observe("delivery_seconds", seconds, { collector: "hook" });
  metrics.observe("delivery_seconds", 7, { collector: "oap" });
  const buckets = await shown('flashpoint_delivery_seconds_bucket{le="');
  const countOf = (le: string, collector: string) =>
    buckets.find((line) => line.includes(`le="${le}",collector="${collector}"`))?.split(" ")[1];
  expect(["0.1", "5", "10", "43200", "+Inf"].map((le) => countOf(le, "hook"))).toEqual(["1", "1", "2", "3", "4"]);
  expect(countOf("+Inf", "oap")).toBe("1");
  expect(await shown("flashpoint_delivery_seconds_sum")).toContain(
    'flashpoint_delivery_seconds_sum{collector="hook"} 143207.05',
  );
  expect(await shown("# HELP flashpoint_delivery_seconds")).toHaveLength(1);
});

it("/metrics tells the age of each collector's oldest pending delivery at that moment", async () => {
  const { pendingDeliveries } = world.services;
  const gauge = "flashpoint_oldest_pending_delivery_seconds";
  const ages = async (): Promise<Record<string, number>> => {
    const found = (await shown(`${gauge}{`)).map((line) => line.match(/collector="(.*)"} (.*)$/) ?? []);
    return Object.fromEntries(found.map(([, collector, age]) => [collector, Number(age)]));
  };
  const started = Date.now();
  pendingDeliveries.waits("hook", "a", started - 9_000);
  pendingDeliveries.waits("oap", "a", started - 60_000);
  const first = await ages();
  const elapsed = (Date.now() - started) / 1_000;
  expect(Object.keys(first)).toEqual(["hook", "oap"]);
  expect(first.hook).toBeGreaterThanOrEqual(9);
  expect(first.hook).toBeLessThanOrEqual(9 + elapsed);
  expect(first.oap).toBeGreaterThanOrEqual(60);
  expect(first.oap).toBeLessThanOrEqual(60 + elapsed);

  await until("the age to grow", async () => ((await ages()).hook ?? 0) > (first.hook ?? 0) || undefined);
  pendingDeliveries.ended("oap", "a");
  expect(Object.keys(await ages())).toEqual(["hook"]);
  expect(await shown(`# HELP ${gauge}`)).toHaveLength(1);
});
