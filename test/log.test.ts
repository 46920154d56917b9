import { describe, expect, test } from "vitest";
import { Unavailable } from "../shared/errors.ts";
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

  test.each([2, 3])("%i levels down", (levels) => {
    const { log, lines } = world();
    let logged: object = { [field]: "hunter2", name: "pager" };
    for (let level = 0; level < levels; level++) logged = { inner: logged };
    log.info(logged, "saved");
    expect(lines.join()).toContain("[masked]");
    expect(lines.join()).toContain("pager");
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

describe("an error", () => {
  /** As clients throw them: with the request that failed, deep inside. */
  function failure(): Error {
    const request = { headers: { authorization: "Bearer hunter2" }, body: "hunter2" };
    const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:8000"), {
      code: "ECONNREFUSED",
      port: 8_000,
      config: { url: "http://x/?key=hunter2", request },
      request,
      response: { request: { headers: request.headers } },
      $metadata: { httpStatusCode: 403, requestId: "r-1", attempts: 2, extended: "hunter2" },
      $response: { headers: { "x-token": "hunter2" } },
    });
    return new Unavailable("DynamoDB cannot be reached", { cause: refused });
  }

  test("is told with what it and its causes say, and where they come from", () => {
    const { log, lines } = world();
    log.warn({ err: failure() }, "not stored");
    const { err } = JSON.parse(lines[0] ?? "");
    expect(err).toEqual({
      type: "Unavailable",
      message: "DynamoDB cannot be reached: connect ECONNREFUSED 127.0.0.1:8000",
      stack: expect.stringMatching(/^Unavailable: DynamoDB[\s\S]*log\.test\.ts[\s\S]*caused by: Error: connect/),
    });
  });

  test("has the few fields that say which, and nothing else of what hangs on it", () => {
    const { log, lines } = world();
    const { cause } = failure();
    log.warn({ err: cause, also: { err: 1 } }, "not stored");
    log.warn({ err: new AggregateError([cause, new Error("timed out")], "all failed") }, "not stored");
    const [first, second] = lines.map((line) => JSON.parse(line).err);
    expect(first).toMatchObject({ code: "ECONNREFUSED", port: 8_000 });
    expect(first.$metadata).toEqual({ httpStatusCode: 403, requestId: "r-1", attempts: 2 });
    expect(Object.keys(first).sort()).toEqual(["$metadata", "code", "message", "port", "stack", "type"]);
    expect(second.errors).toEqual(["connect ECONNREFUSED 127.0.0.1:8000", "timed out"]);
    expect(lines.join()).not.toContain("hunter2");
  });

  test("that AWS threw because of a signature is told without the session's token, which it repeats", () => {
    const { log, lines } = world();
    const repeated = "POST\n/\nhost:x\nx-amz-security-token:FwoGZXIvYXdz//planted==\nx-amz-target:y";
    log.error(
      { err: new Unavailable("SQS refuses", { cause: new Error(`should have been '${repeated}'`) }) },
      "refused",
    );
    expect(lines.join()).toContain("x-amz-security-token:[masked]");
    expect(lines.join()).not.toContain("planted");
  });

  test("that is none is told as it is", () => {
    const { log, lines } = world();
    log.warn({ err: "thrown text" }, "odd");
    expect(JSON.parse(lines[0] ?? "").err).toBe("thrown text");
  });
});

test("a token is masked in every text, also in the message", () => {
  const { log, lines } = world();
  const token = `fp_${"a".repeat(49)}`;
  log.warn({ reason: `not with ${token}`, list: [token] }, `no ${token}`);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ reason: "not with fp_[masked]", msg: "no fp_[masked]" });
  expect(lines.join()).not.toContain("aaaa");
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
