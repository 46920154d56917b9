import { beforeEach, expect, test } from "vitest";
import { createMeasuredValues, type MeasuredValues } from "../../shared/agent/measured-values.ts";

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
  cpu(20, NOON); // measured too long ago
  expect(valuesOf()).toEqual([]);
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
