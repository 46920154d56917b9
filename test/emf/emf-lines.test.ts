import fc from "fast-check";
import { expect, it } from "vitest";
import { type EmfMetric, emfLines } from "../../shared/emf/emf-lines.ts";
import { readEmfLine, valuesOf } from "../support/emf.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const read = (metrics: readonly EmfMetric[]) =>
  emfLines(NOON, { stack: "flashpoint", collector: "hook" }, metrics).map((line) =>
    readEmfLine(line, "Flashpoint", NOON),
  );

it("writes one line of what has the same dimensions", () => {
  const lines = read([
    { name: "a_total", unit: "Count", values: [3] },
    { name: "b_seconds", unit: "Seconds", values: [0.5, 0.25] },
  ]);
  const same = { dimensions: { stack: "flashpoint", collector: "hook" }, timestamp: NOON };
  expect(lines).toEqual([
    [
      { ...same, metric: "a_total", unit: "Count", values: [3] },
      { ...same, metric: "b_seconds", unit: "Seconds", values: [0.5, 0.25] },
    ],
  ]);
});

it("writes no line of nothing", () => {
  expect(read([])).toEqual([]);
  expect(read([{ name: "a_seconds", unit: "Seconds", values: [] }])).toEqual([]);
});

it("splits what is too much for a line, and loses and repeats nothing", () => {
  const metric = fc.tuple(fc.integer({ min: 0, max: 350 }), fc.constantFrom("Count" as const, "Seconds" as const));
  fc.assert(
    fc.property(fc.array(metric, { maxLength: 250 }), (sizes) => {
      const metrics = sizes.map(([size, unit], place) => ({
        name: `metric_${place}`,
        unit,
        values: Array.from({ length: size }, (_, index) => place * 1_000 + index),
      }));
      const points = read(metrics).flat();
      for (const { name, values } of metrics) {
        expect(Object.values(valuesOf(points, name)).flat()).toEqual(values);
      }
    }),
    { numRuns: 30 },
  );
});

it("takes as few lines as the limits allow", () => {
  const metrics = Array.from({ length: 100 }, (_, place): EmfMetric => {
    return { name: `metric_${place}`, unit: "Seconds", values: Array(100).fill(place) };
  });
  expect(read(metrics)).toHaveLength(1);
  expect(read([...metrics, { name: "one_more", unit: "Count", values: [1] }])).toHaveLength(2);
  expect(read([{ name: "long", unit: "Seconds", values: Array(301).fill(1) }])).toHaveLength(4);
});
