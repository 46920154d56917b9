import { describe, expect, test } from "vitest";
import { createLogger } from "../shared/log.ts";

/** A logger and the lines it wrote. */
function world(level = "info") {
  const lines: string[] = [];
  return { log: createLogger(level, { write: (line) => lines.push(line) }), lines };
}

test("a line is one JSON object with level, time and message, and nothing about the machine", () => {
  const { log, lines } = world();
  log.warn({ serviceName: "sqrt\nsqrt" }, "policy is odd");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    level: "warn",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    serviceName: "sqrt\nsqrt",
    msg: "policy is odd",
  });
});

describe.each(["secret", "token", "authorization", "authentication", "headers"])("the field %s is masked", (field) => {
  test("at the top", () => {
    const { log, lines } = world();
    log.info({ [field]: "hunter2", name: "pager" }, "saved");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ [field]: "[masked]", name: "pager" });
    expect(lines.join()).not.toContain("hunter2");
  });

  test("one level down", () => {
    const { log, lines } = world();
    log.info({ collector: { [field]: "hunter2", name: "pager" } }, "saved");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ collector: { [field]: "[masked]", name: "pager" } });
    expect(lines.join()).not.toContain("hunter2");
  });

  test("whatever it holds", () => {
    const { log, lines } = world();
    log.info({ [field]: { inside: ["hunter2"] }, request: { [field]: { inside: "hunter2" } } }, "saved");
    expect(lines.join()).not.toContain("hunter2");
  });

  test("in what a child logger always says", () => {
    const { log, lines } = world();
    log.child({ [field]: "hunter2" }).info("saved");
    expect(lines).toHaveLength(1);
    expect(lines.join()).not.toContain("hunter2");
  });
});

test("masking leaves the logged object as it was", () => {
  const { log } = world();
  const collector = { name: "pager", secret: "hunter2" };
  log.info({ collector, secret: "hunter2" }, "saved");
  expect(collector).toEqual({ name: "pager", secret: "hunter2" });
});

test("what lies below the level is not written, and silent writes nothing", () => {
  const { log, lines } = world("warn");
  log.info("not this");
  log.warn("this");
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["this"]);
  const silent = world("silent");
  silent.log.fatal("not this");
  expect(silent.lines).toEqual([]);
});
