import fc from "fast-check";
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

it("whatever is stored and whatever a server says, each kind of value stands there once, and none that is old", () => {
  const text = fc.constantFrom("checkout", "pod-1", "java", "", '["a"]');
  const names = fc.record({ layer: text, serviceName: text, instanceName: text, processName: text });
  const at = fc.oneof(fc.constantFrom("", "never", AT.stored, AT.live), fc.date({ noInvalidDate: true }).map(String));
  const type = fc.constantFrom("PROCESS_CPU" as const, "HTTP_ERROR_RATE" as const);
  const value = fc.record({ type, uri: text, value: fc.double(), at });
  const process = fc.tuple(names, fc.uniqueArray(value, { selector: ({ type, uri }) => type + uri }));
  const said = fc.uniqueArray(fc.tuple(names, value), {
    selector: ([{ serviceName, instanceName, processName }, { type, uri }]) =>
      JSON.stringify([serviceName, instanceName, processName, type, uri]),
  });
  fc.assert(
    fc.property(fc.array(process, { maxLength: 4 }), fc.option(said), (stored, live) => {
      const processes = stored.map(([named, values]) => ({ ...named, labels: [], values }));
      const values = live?.map(([named, one]) => ({ ...named, ...one }));
      const shown = withLive(processes, { live: { server: "http://flashpoint", values }, now: NOW });
      expect(shown).toHaveLength(processes.length);
      for (const { values } of shown) {
        const kinds = values.map(({ type, uri }) => JSON.stringify([type, uri]));
        expect(new Set(kinds).size).toBe(kinds.length);
        for (const { at } of values) expect(NOW - Date.parse(at)).toBeLessThanOrEqual(600_000);
      }
    }),
  );
});
