import { describe, expect, it } from "vitest";
import type { MeasuredValue } from "../../shared/agent/measured-values.ts";
import { withLive } from "../../shared/diagnosis/live-answer.ts";

const AT = { stored: "2026-01-31T11:55:00.000Z", live: "2026-01-31T12:00:00.000Z" };
const NOW = Date.parse(AT.live);
const JAVA = { layer: "K8S", serviceName: "checkout", instanceName: "pod-1", processName: "java" };
const CPU = { type: "PROCESS_CPU", uri: "" } as const;
const ERRORS = { type: "HTTP_ERROR_RATE", uri: "/pay" } as const;

const stored = {
  ...JAVA,
  labels: [],
  values: [
    { ...CPU, value: 11, at: AT.stored },
    { ...ERRORS, value: 7, at: AT.stored },
  ],
};

/** The values of the process when a server has answered with this. */
function valuesWith(values: MeasuredValue[] | undefined) {
  return withLive([stored], { live: { server: "http://flashpoint", values }, now: NOW })[0]?.values;
}

describe("a process with live values", () => {
  it("has each value as it is now, and those that the server does not know as they were stored", () => {
    expect(valuesWith([{ ...JAVA, ...CPU, value: 93, at: AT.live }])).toEqual([
      { ...CPU, value: 93, at: AT.live },
      { ...ERRORS, value: 7, at: AT.stored },
    ]);
    const elsewhere = { ...ERRORS, uri: "/cart", value: 1, at: AT.live };
    expect(valuesWith([{ ...JAVA, ...elsewhere }])).toEqual([elsewhere, ...stored.values]);
  });

  it("takes no values of other processes, and its own under any layer", () => {
    const others = [{ serviceName: "cart" }, { instanceName: "pod-2" }, { processName: "nginx" }];
    const measured = others.map((other) => ({ ...JAVA, ...other, ...CPU, value: 93, at: AT.live }));
    expect(valuesWith(measured)).toEqual(stored.values);
    expect(valuesWith([{ ...JAVA, layer: "", ...CPU, value: 93, at: AT.live }])).toMatchObject([{ value: 93 }, ERRORS]);
  });

  it("is as stored where no server answered or none was asked", () => {
    expect(valuesWith(undefined)).toEqual(stored.values);
    expect(withLive([stored], { live: undefined, now: NOW })).toEqual([stored]);
  });

  it("is without values that are older than ten minutes", () => {
    const valuesAt = (now: number) => withLive([stored], { live: undefined, now })[0]?.values;
    expect(valuesAt(Date.parse(AT.stored) + 600_000)).toHaveLength(2);
    expect(valuesAt(Date.parse(AT.stored) + 600_001)).toEqual([]);
  });
});
