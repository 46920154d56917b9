import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readTimes, SAVED_RUN, timesOf } from "../../../bench/cost/measured-times.ts";
import { savedRun } from "../../support/cost-world.ts";

const { figures } = savedRun;

it("finds the five times by their figures, names and units", () => {
  expect(timesOf(figures, "run.json")).toEqual({ poll: 70, report: 400, dispatch: 800, delivery: 1_200, grpcPoll: 80 });
});

it("says what a run lacks, and how to measure it", () => {
  const [lambda] = figures;
  const withoutReport = lambda?.measurements.filter(({ what }) => !what.includes("report")) ?? [];
  const lacking = [{ name: "lambda-polls", measurements: withoutReport }];
  expect(() => timesOf(lacking, "run.json")).toThrow(
    'run.json lacks lambda-polls\'s "agent-api: processor time of a report" in µs/report, grpc-polls\'s "flashpoint: ' +
      'processor time" in µs/call; `npm run bench -- lambda-polls grpc-polls cost --save times.json` measures it',
  );
});

it("names a file that is no run, and what to measure one with", () => {
  const file = fileURLToPath(new URL("../../../README.md", import.meta.url));
  expect(() => readTimes(file)).toThrow(
    /README\.md cannot be read: .*`npm run bench -- lambda-polls grpc-polls cost --save/s,
  );
});

it("finds all of them in the saved run, whatever the folder is called that it lies in", () => {
  expect(SAVED_RUN).toBe(fileURLToPath(new URL("../../../bench/page/run.json", import.meta.url)));
  expect(readTimes(SAVED_RUN).times.poll).toBeGreaterThan(0);
});

it("takes no other unit, and no time of nothing", () => {
  const inMillis = figures.map((figure) => ({
    ...figure,
    measurements: figure.measurements.map((each) => ({ ...each, unit: each.unit.replace("µs", "ms") })),
  }));
  expect(() => timesOf(inMillis, "run.json")).toThrow("Connect proto");
  const zero = figures.map((figure) => ({
    ...figure,
    measurements: figure.measurements.map((each) => ({ ...each, value: 0 })),
  }));
  expect(() => timesOf(zero, "run.json")).toThrow("Connect proto");
});
