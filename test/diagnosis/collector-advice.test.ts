import { describe, expect, it } from "vitest";
import { collectorAdvice } from "../../shared/diagnosis/collector-advice.ts";

const commandLine = (...words: string[]) => ["flashpoint --local", ...words].join(" ");
const paused = { at: "2026-02-03T04:05:06.789Z", reason: "answered\n410" };

describe("advice on a collector", () => {
  it("that is paused is to resume it and then to send what was held back", () => {
    for (const hasDead of [true, false]) {
      expect(collectorAdvice({ name: "gone", exists: true, paused, hasDead }, commandLine)).toBe(
        "gone is paused (answered 410): `flashpoint --local collectors resume gone`, then " +
          "`flashpoint --local deliveries redrive --collector gone`",
      );
    }
  });

  it("that has dead deliveries is to mend it first", () => {
    expect(collectorAdvice({ name: "hook", exists: true, hasDead: true }, commandLine)).toBe(
      "hook has dead deliveries: once it is mended, `flashpoint --local deliveries redrive --collector hook` sends them again",
    );
  });

  it("that was deleted names no command that would fail", () => {
    expect(collectorAdvice({ name: "old", exists: false, hasDead: true }, commandLine)).toBe(
      "old was deleted: its dead deliveries can go only to a collector of that name",
    );
  });

  it("is none where nothing is to be done", () => {
    expect(collectorAdvice({ name: "hook", exists: true, hasDead: false }, commandLine)).toBeUndefined();
    expect(collectorAdvice({ name: "old", exists: false, hasDead: false }, commandLine)).toBeUndefined();
  });
});
