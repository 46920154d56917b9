import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { createMeasuredValues, type MeasuredValues } from "../../shared/agent/measured-values.ts";
import { heapMiB } from "../support/heap.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);

let now = NOON;
let measured: MeasuredValues;
beforeEach(() => {
  now = NOON;
  measured = createMeasuredValues({ now: () => now });
});

const JAVA = { serviceName: "checkout", instanceName: "pod-1", processName: "java", layer: "OS_LINUX" };
const cpu = (value: number, at: number, more = {}) =>
  measured.note({ ...JAVA, type: "PROCESS_CPU", uri: "", value, at, ...more });
const valuesOf = (process = JAVA) => measured.ofProcess(process).map(({ value }) => value);

test("of each kind and URI the latest value is kept", () => {
  cpu(10, NOON - 2_000);
  cpu(20, NOON - 1_000);
  for (const [uri, value] of [["global", 1] as const, ["/a", 2] as const])
    measured.note({ ...JAVA, type: "HTTP_ERROR_RATE", uri, value, at: NOON });
  expect(measured.ofProcess(JAVA)).toEqual([
    { type: "PROCESS_CPU", uri: "", value: 20, at: "2026-01-31T11:59:59.000Z" },
    { type: "HTTP_ERROR_RATE", uri: "global", value: 1, at: "2026-01-31T12:00:00.000Z" },
    { type: "HTTP_ERROR_RATE", uri: "/a", value: 2, at: "2026-01-31T12:00:00.000Z" },
  ]);
});

test("an older value that comes late changes nothing", () => {
  cpu(20, NOON - 1_000);
  cpu(10, NOON - 2_000);
  expect(valuesOf()).toEqual([20]);
});

test("an agent whose clock runs ahead does not shut out its later values", () => {
  cpu(10, NOON + 86_400_000);
  now += 5_000;
  cpu(20, NOON + 5_000);
  expect(valuesOf()).toEqual([20]);
});

test("a value is offered for ten minutes", () => {
  cpu(10, NOON);
  now = NOON + 600_000;
  expect([valuesOf(), measured.list().length]).toEqual([[10], 1]);
  now += 1;
  expect([valuesOf(), measured.list().length]).toEqual([[], 0]);
});

test("the age of a value is counted from when it came: an agent's clock may lag by hours", () => {
  cpu(10, NOON - 86_400_000);
  expect(measured.ofProcess(JAVA)).toMatchObject([{ value: 10, at: "2026-01-30T12:00:00.000Z" }]);
  now = NOON + 600_000;
  expect([valuesOf(), measured.list().length]).toEqual([[10], 1]);
  now += 1;
  expect([valuesOf(), measured.list().length]).toEqual([[], 0]);
});

test("an agent whose clock is put back shuts out its values no longer than they are offered", () => {
  cpu(10, NOON);
  now += 300_000;
  cpu(20, NOON - 3_600_000);
  expect(valuesOf()).toEqual([10]);
  now += 300_001;
  cpu(30, NOON - 3_000_000);
  expect(valuesOf()).toEqual([30]);
});

test("a time that is no date is taken for the beginning of time, or for now", () => {
  cpu(10, -(2 ** 63));
  cpu(20, 2 ** 63, { processName: "nginx" });
  expect(measured.list().map(({ at }) => at)).toEqual(["1970-01-01T00:00:00.000Z", "2026-01-31T12:00:00.000Z"]);
});

test("values are listed of all services or of one", () => {
  cpu(10, NOON);
  cpu(20, NOON, { serviceName: "cart" });
  expect(measured.list()).toHaveLength(2);
  expect(measured.list("cart")).toEqual([
    { ...JAVA, serviceName: "cart", type: "PROCESS_CPU", uri: "", value: 20, at: "2026-01-31T12:00:00.000Z" },
  ]);
  expect(measured.list("nobody")).toEqual([]);
});

test("of more than 20,000 values those measured last are kept, and nothing of the others", () => {
  for (let index = 0; index < 50_000; index++) cpu(index, NOON, { processName: `p${index}` });
  expect(measured.list()).toHaveLength(20_000);
  expect(valuesOf({ ...JAVA, processName: "p49999" })).toEqual([49_999]);
  expect(valuesOf({ ...JAVA, processName: "p29999" })).toEqual([]);
});

test("names are kept up to 1,024 characters", () => {
  const endless = "x".repeat(1_000_000);
  cpu(10, NOON, { serviceName: endless, instanceName: endless, processName: endless, layer: endless, uri: endless });
  const [value] = measured.list();
  expect(JSON.stringify(value).length).toBeLessThan(6_000);
  expect(measured.list(endless)).toHaveLength(1);
});

test("names of any length take 32 MiB at most", () => {
  const long = (index: number) => `${index}`.padEnd(1_024, "x");
  for (let index = 0; index < 5_000; index++) {
    const names = { serviceName: long(index), instanceName: long(index), processName: long(index) };
    measured.note({ ...names, layer: "", type: "HTTP_ERROR_RATE", uri: long(index), value: index, at: NOON });
  }
  const kept = measured.list();
  expect(kept.length * 4 * 2 * 1_024).toBeLessThan(32 * 1_024 * 1_024);
  expect(kept.at(-1)?.value).toBe(4_999);
  expect(kept.length).toBeGreaterThan(3_000);
});

test.each([
  ["paths", (index: number) => ({ uri: `/${index}` })],
  ["processes", (index: number) => ({ processName: `p${index}` })],
])("ever new %s take no memory once they are forgotten", (_what, changing) => {
  const few = createMeasuredValues({ now: () => NOON, maxBytes: 100_000 });
  const before = heapMiB();
  for (let index = 0; index < 150_000; index++) {
    few.note({ ...JAVA, type: "HTTP_ERROR_RATE", uri: "", value: index, at: NOON, ...changing(index) });
  }
  expect(heapMiB() - before).toBeLessThan(8);
  expect(few.list().at(-1)?.value).toBe(149_999);
});

test("whatever is noted, the list and the processes agree, within the memory that there is", () => {
  const maxBytes = 20_000;
  const name = fc.nat({ max: 3 }).map((index) => `${index}`.repeat(1 + index * 300));
  const noted = fc.record({
    ...{ serviceName: name, instanceName: name, processName: name, layer: name, uri: name },
    type: fc.constantFrom("PROCESS_CPU" as const, "HTTP_ERROR_RATE" as const),
    value: fc.nat(),
    at: fc.integer({ min: NOON - 5, max: NOON + 5 }),
  });
  fc.assert(
    fc.property(fc.array(noted, { maxLength: 100 }), (all) => {
      const measured = createMeasuredValues({ now: () => NOON, maxBytes });
      for (const value of all) measured.note(value);
      const listed = Map.groupBy(measured.list(), ({ serviceName, instanceName, processName }) =>
        JSON.stringify({ serviceName, instanceName, processName }),
      );
      const characters = measured.list().flatMap(({ value, at, type, ...names }) => Object.values(names).join(""));
      expect(characters.join("").length * 2).toBeLessThanOrEqual(maxBytes);
      for (const process of all) {
        const { serviceName, instanceName, processName } = process;
        const ofList = listed.get(JSON.stringify({ serviceName, instanceName, processName })) ?? [];
        const values = ofList.map(({ type, uri, value, at }) => ({ type, uri, value, at }));
        expect(new Set(measured.ofProcess(process))).toEqual(new Set(values));
        expect(measured.ofProcess(process)).toHaveLength(values.length);
      }
      if (all.length > 0) expect(listed.size).toBeGreaterThan(0);
    }),
  );
});
