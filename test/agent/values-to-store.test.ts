import { expect, test } from "vitest";
import type { LatestValue } from "../../shared/agent/measured-values.ts";
import { valuesToStore } from "../../shared/agent/values-to-store.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const measured = (type: LatestValue["type"], uri: string, second = 0): LatestValue => ({
  ...{ type, uri, value: second, at: new Date(NOON + second * 1_000).toISOString() },
});

test("what tells of the whole process is stored whatever else there is, and of the paths those measured last", () => {
  const paths = Array.from({ length: 200 }, (_, second) => measured("HTTP_ERROR_RATE", `/${second}`, second));
  const whole = [measured("PROCESS_CPU", ""), measured("SYSTEM_LOAD", ""), measured("HTTP_ERROR_RATE", "global")];
  for (const values of [
    [...whole, ...paths],
    [...paths, ...whole],
  ]) {
    const stored = valuesToStore(values);
    expect(stored).toHaveLength(50);
    expect(stored.slice(0, 3)).toEqual(whole);
    expect(stored.slice(3).map(({ uri }) => uri)).toEqual(Array.from({ length: 47 }, (_, i) => `/${199 - i}`));
  }
});

test("of a process without HTTP all values are stored", () => {
  const values = [measured("PROCESS_CPU", ""), measured("PROCESS_THREAD_COUNT", "")];
  expect(valuesToStore(values)).toEqual(values);
});
