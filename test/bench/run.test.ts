import { expect, it } from "vitest";
import type { Figure, Measured } from "../../bench/figure.ts";
import { type MeasuredFigure, runFigures } from "../../bench/run.ts";

const result = (value: number): Measured => ({ measurements: [{ what: "speed", value, unit: "calls/s" }] });

it("measures one after the other, tells each what came before it, and goes on where one fails", async () => {
  const seen: unknown[] = [];
  const figures: Figure[] = [
    { name: "first", meaning: "The first", measure: async () => result(1) },
    {
      name: "broken",
      meaning: "Fails",
      measure: async () => {
        throw new Error("the port is taken");
      },
    },
    {
      name: "last",
      meaning: "The last",
      async measure(tell, earlier) {
        tell("halfway");
        seen.push(earlier("first")?.measurements, earlier("nobody"));
        return result(2);
      },
    },
  ];
  const told: string[] = [];
  const shown: MeasuredFigure[] = [];
  const run = await runFigures(
    figures,
    (line) => told.push(line),
    (figure) => shown.push(figure),
  );
  expect(run.figures.map(({ name, error, measurements }) => [name, error, measurements])).toEqual([
    ["first", undefined, [{ what: "speed", value: 1, unit: "calls/s" }]],
    ["broken", "the port is taken", []],
    ["last", undefined, [{ what: "speed", value: 2, unit: "calls/s" }]],
  ]);
  expect(shown).toEqual(run.figures);
  expect(told).toEqual(["last: halfway"]);
  expect(seen).toEqual([[{ what: "speed", value: 1, unit: "calls/s" }], undefined]);
  expect(run.machine.cores).toBeGreaterThan(0);
});
