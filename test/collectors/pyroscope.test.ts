import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { kindNamed, sendEvent } from "../../shared/collectors/kinds.ts";
import type { PyroscopeCollector } from "../../shared/collectors/pyroscope/pyroscope-collector.ts";
import { validateCollector } from "../../shared/collectors/validate-collector.ts";
import { createEgress } from "../../shared/egress/egress.ts";
import { NotFound, Unavailable } from "../../shared/errors.ts";
import { ProfilingTarget } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { PROFILE_ID, profileCollected, taskReported } from "../support/delivered-events.ts";
import { readPprof } from "../support/pprof-file.ts";
import { type PyroscopeOptions, startPyroscopeDouble } from "../support/pyroscope-double.ts";
import { startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";

const egress = createEgress({ networks: ["127.0.0.0/8", "::1/128"] });
afterAll(() => egress.close());
const CONTEXT = { stack: "flashpoint", egress };
const PPROF = Buffer.from("not really pprof, but nobody looks inside");
const FILE = { bytes: gzipSync(PPROF) };
const DELIVERED = { kind: "delivered" };

async function pyroscope(options: PyroscopeOptions = {}) {
  const double = await startPyroscopeDouble(options);
  onTestFinished(() => double.close());
  const read = validateCollector({ name: "flames", kind: "pyroscope", url: double.url });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const collector = read.collector as PyroscopeCollector;
  return { double, collector };
}

describe("a profile", () => {
  test.each([
    [ProfilingTarget.ON_CPU, "process_cpu", "ON_CPU"],
    [ProfilingTarget.OFF_CPU, "off_cpu", "OFF_CPU"],
  ])("of target %i arrives as %s with the labels of its task, under its own id", async (target, name, label) => {
    const { double, collector } = await pyroscope();
    const event = profileCollected(FILE, { task: { serviceName: "chéckout 日本" }, profile: { target } });
    expect(await sendEvent(collector, event, CONTEXT)).toEqual(DELIVERED);
    expect(double.pushes).toMatchObject([{ samples: [{ id: PROFILE_ID, pprof: PPROF }] }]);
    expect(double.pushes[0]?.labels).toEqual({
      __name__: name,
      service_name: "chéckout 日本",
      instance: "pod-1",
      process: "java",
      target: label,
    });
    expect(double.pushes[0]?.headers).not.toHaveProperty("authorization");
    expect(double.pushes[0]?.headers).not.toHaveProperty("x-scope-orgid");
  });

  test("arrives under the path of the address, with and without a slash behind it", async () => {
    const { double, collector } = await pyroscope({ prefix: "/observe/pyroscope" });
    for (const url of [double.url, `${double.url}/`]) {
      expect(await sendEvent({ ...collector, url }, profileCollected(FILE), CONTEXT)).toEqual(DELIVERED);
    }
    expect(double.pushes).toHaveLength(2);
  });

  test("of several megabytes arrives whole", async () => {
    const { double, collector } = await pyroscope();
    const pprof = Buffer.alloc(4_000_000, "0123456789abcdef");
    const bytes = gzipSync(pprof, { level: 0 });
    expect(await sendEvent(collector, profileCollected({ bytes }), CONTEXT)).toEqual(DELIVERED);
    expect(double.pushes[0]?.samples[0]?.pprof.equals(pprof)).toBe(true);
  });

  test.each(["", " ", "\t\n"])("whose instance is blank (%j) arrives without that label", async (instanceName) => {
    const { double, collector } = await pyroscope();
    const event = profileCollected(FILE, { task: { instanceName } });
    expect(await sendEvent(collector, event, CONTEXT)).toEqual(DELIVERED);
    expect(Object.keys(double.pushes[0]?.labels ?? {}).sort()).toEqual([
      "__name__",
      "process",
      "service_name",
      "target",
    ]);
  });

  test.each([
    ["x".repeat(2_048), "x".repeat(2_048)],
    ["x".repeat(2_049), "x".repeat(2_048)],
    ["é".repeat(1_025), "é".repeat(1_024)],
    // 2,047 bytes are taken; the first of two bytes of é would be the 2,048th.
    [`x${"é".repeat(1_024)}`, `x${"é".repeat(1_023)}`],
    [`xx${"😀".repeat(600)}`, `xx${"😀".repeat(511)}`],
    ["half \ud83d of a pair", "half \ufffd of a pair"],
    [" blank around ", " blank around "],
  ])("whose process has a name that Pyroscope would refuse arrives with the most of it (%#)", async (text, label) => {
    const { double, collector } = await pyroscope();
    const event = profileCollected(FILE, { task: { processName: text } });
    expect(await sendEvent(collector, event, CONTEXT)).toEqual(DELIVERED);
    expect(double.pushes[0]?.labels.process).toBe(label);
  });

  test("comes with the user, the password and the tenant that the collector has", async () => {
    const { double, collector } = await pyroscope({
      basicAuth: { username: "ädä", password: "pa:ss wörd" },
      tenant: "team-a",
    });
    const event = profileCollected(FILE);
    const known = { ...collector, username: "ädä", password: "pa:ss wörd", tenant: "team-a" };
    expect(await sendEvent(known, event, CONTEXT)).toEqual(DELIVERED);
    expect(await sendEvent({ ...known, password: "other" }, event, CONTEXT)).toEqual({
      kind: "refused",
      reason: "[unauthenticated] invalid credentials",
    });
    expect(await sendEvent({ ...known, tenant: "team-b" }, event, CONTEXT)).toEqual({
      kind: "refused",
      reason: "[unauthenticated] no org id",
    });
    expect(double.pushes).toHaveLength(1);
  });
});

describe("a collector's own headers", () => {
  test("go along, with a token in place of user and password for instance", async () => {
    const { double, collector } = await pyroscope({ tenant: "team-a" });
    const known = { ...collector, tenant: "team-a", headers: { authorization: "Bearer abc.def", "x-team": "perf" } };
    expect(await sendEvent(known, profileCollected(FILE), CONTEXT)).toEqual(DELIVERED);
    expect(double.pushes[0]?.headers).toMatchObject({ authorization: "Bearer abc.def", "x-team": "perf" });
  });

  test("are not kept where an answer repeats them", async () => {
    const { double, collector } = await pyroscope();
    double.answer({ kind: "error", status: 401, code: "unauthenticated", message: "abc.def is not a token" });
    const known = { ...collector, headers: { authorization: "Bearer abc.def" } };
    expect(await sendEvent(known, profileCollected(FILE), CONTEXT)).toEqual({
      kind: "refused",
      reason: "[unauthenticated] [masked] is not a token",
    });
  });

  test("say who is calling, or user and password do, or the tenant: never two of them the same", () => {
    const item = { name: "flames", kind: "pyroscope", url: "https://pyroscope.example.com" };
    const basic = { username: "ada", password: "hunter" };
    expect(validateCollector({ ...item, ...basic, headers: { Authorization: "Bearer a" } })).toMatchObject({
      faults: [{ path: "headers.authorization" }],
    });
    expect(validateCollector({ ...item, headers: { "X-Scope-OrgID": "a" } })).toMatchObject({
      faults: [{ path: "headers.x-scope-orgid" }],
    });
    expect(validateCollector({ ...item, ...basic, tenant: "a", headers: { "x-team": "a" } })).toMatchObject({
      ok: true,
    });
  });
});

describe("a test", () => {
  test("pushes a profile of one sample that any reader of pprof understands", async () => {
    const { double, collector } = await pyroscope();
    expect(await kindNamed("pyroscope").test(collector, CONTEXT)).toEqual(DELIVERED);
    expect(double.pushes).toHaveLength(1);
    expect(double.pushes[0]?.labels).toMatchObject({ __name__: "process_cpu", service_name: "flashpoint-test" });
    const file = readPprof(gzipSync(double.pushes[0]?.samples[0]?.pprof ?? ""));
    expect(file.sampleTypes).toEqual(["samples/count", "cpu/nanoseconds"]);
    expect(file.samples).toMatchObject([{ frames: [{ name: "flashpoint-test" }], values: [1n, 9_000_000n] }]);
  });

  test("tells why nothing is taken", async () => {
    const { collector } = await pyroscope({ tenant: "team-a" });
    expect(await kindNamed("pyroscope").test(collector, CONTEXT)).toEqual({
      kind: "refused",
      reason: "[unauthenticated] no org id",
    });
  });
});

describe("a push is refused for good", () => {
  test("if the address is not allowed, and nothing is sent there", async () => {
    const { double, collector } = await pyroscope();
    const closed = createEgress({ networks: [] });
    onTestFinished(() => closed.close());
    const outcome = await sendEvent(collector, profileCollected(FILE), { stack: "flashpoint", egress: closed });
    expect(outcome).toEqual({ kind: "refused", reason: expect.stringContaining("127.0.0.1") });
    expect(double.requests).toBe(0);
  });

  test.each([
    [400, "invalid_argument"],
    [401, "unauthenticated"],
    [403, "permission_denied"],
  ])("if the answer is %i, with its code %s and its message as they came", async (status, code) => {
    const { double, collector } = await pyroscope();
    double.answer({ kind: "error", status, code, message: "not\u001b[2J you" });
    expect(await sendEvent(collector, profileCollected(FILE), CONTEXT)).toEqual({
      kind: "refused",
      reason: `[${code}] not\u001b[2J you`,
    });
  });

  test("if the answer is an error without end, of which no more than 512 bytes are kept", async () => {
    const { double, collector } = await pyroscope();
    double.answer({ kind: "error", status: 400, code: "invalid_argument", message: "é".repeat(1_000) });
    const outcome = await sendEvent(collector, profileCollected(FILE), CONTEXT);
    // 19 bytes of "[invalid_argument] ", then 246 of two bytes: one more would make 513.
    expect(outcome).toEqual({ kind: "refused", reason: `[invalid_argument] ${"é".repeat(246)}` });
  });

  test.each<[string, string, string]>([
    ["the password", "hunter 2+2 is wrong", "[masked] is wrong"],
    ["the password in a URL", "no page at /login?p=hunter%202%2B2&u=ada", "no page at /login?p=[masked]&u=ada"],
    ["user and password as they come", "not Basic YWRhOmh1bnRlciAyKzI=, ada", "not Basic [masked], ada"],
    ["the password where the reason is cut", `${"x".repeat(490)}hunter 2+2`, `${"x".repeat(490)}[mas`],
  ])("if the answer repeats %s, of which nothing is kept", async (_, message, kept) => {
    const { double, collector } = await pyroscope();
    double.answer({ kind: "error", status: 401, code: "unauthenticated", message });
    const known = { ...collector, username: "ada", password: "hunter 2+2" };
    expect(await sendEvent(known, profileCollected(FILE), CONTEXT)).toEqual({
      kind: "refused",
      reason: `[unauthenticated] ${kept}`,
    });
  });

  test.each([301, 302, 307, 308])("if the answer is %i, and the redirect is not followed", async (status) => {
    const { double, collector } = await pyroscope();
    const location = `${double.url}/push.v1.PusherService/Push?again`;
    double.answer({ kind: "other", answer: (_, response) => response.writeHead(status, { location }).end() });
    expect(await sendEvent(collector, profileCollected(FILE), CONTEXT)).toEqual({
      kind: "refused",
      reason: expect.stringContaining(`HTTP ${status}`),
    });
    expect(double.requests).toBe(1);
  });

  test.each([
    [400, "refused"],
    [404, "refused"],
    [410, "gone"],
    [413, "refused"],
  ])("if the answer is %i, but the page of a proxy: it is %s", async (status, kind) => {
    const { double, collector } = await pyroscope();
    double.answer({
      kind: "other",
      answer: (_, response) => response.writeHead(status, { "content-type": "text/html" }).end("<h1>No</h1>"),
    });
    const outcome = await sendEvent(collector, profileCollected(FILE), CONTEXT);
    expect(outcome).toEqual({ kind, reason: expect.stringContaining(`HTTP ${status}`) });
  });
});

describe("a push is tried again", () => {
  test.each([
    [409, "aborted"],
    [429, "resource_exhausted"],
    [500, "internal"],
    [503, "unavailable"],
    [504, "deadline_exceeded"],
  ])("if the answer is %i, with its code %s and its message as they came", async (status, code) => {
    const { double, collector } = await pyroscope();
    double.answer({ kind: "error", status, code, message: "not\u001b[2J now" });
    expect(await sendEvent(collector, profileCollected(FILE), CONTEXT)).toEqual({
      kind: "retry",
      reason: `[${code}] not\u001b[2J now`,
    });
  });

  test.each([408, 429, 500, 502, 503])(
    "if the answer is %i, but the page of a proxy, and no sooner than it asks for",
    async (status) => {
      const { double, collector } = await pyroscope();
      const headers = { "content-type": "text/html", "retry-after": "120" };
      double.answer({
        kind: "other",
        answer: (_, response) => response.writeHead(status, headers).end("<h1>Later</h1>"),
      });
      expect(await sendEvent(collector, profileCollected(FILE), CONTEXT)).toEqual({
        kind: "retry",
        reason: expect.stringContaining(`HTTP ${status}`),
        retryAfterSeconds: 120,
      });
    },
  );

  test("if the answer is 200, but the page of a proxy", async () => {
    const { double, collector } = await pyroscope();
    double.answer({
      kind: "other",
      answer: (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<h1>Log in</h1>"),
    });
    const outcome = await sendEvent(collector, profileCollected(FILE), CONTEXT);
    expect(outcome).toEqual({ kind: "retry", reason: expect.stringContaining("text/html") });
  });

  test.each([200, 400, 502])(
    "if the answer is %i with a body without end, which nobody goes on holding",
    async (status) => {
      const { double, collector } = await pyroscope();
      let isClosed = false;
      double.answer({
        kind: "other",
        answer(_, response) {
          response.once("close", () => {
            isClosed = true;
          });
          response.writeHead(status, { "content-type": status === 200 ? "application/proto" : "application/json" });
          const more = (): void => {
            while (response.write("x".repeat(1_000)));
          };
          response.on("drain", more);
          more();
        },
      });
      expect(await sendEvent(collector, profileCollected(FILE), CONTEXT)).toMatchObject({ kind: "retry" });
      await until("the connection is closed", () => isClosed || undefined, 5_000);
    },
    5_000, // no time-out is needed to stop reading
  );

  test("if no answer comes in time", async () => {
    const { double, collector } = await pyroscope();
    double.answer({ kind: "hang" });
    expect(await sendEvent({ ...collector, timeoutSeconds: 0.1 }, profileCollected(FILE), CONTEXT)).toEqual({
      kind: "retry",
      reason: expect.stringMatching(/^\[deadline_exceeded\] ./),
    });
  }, 5_000); // the usual bound of 10 s is over this

  test("if an answer begins in time, but does not end", async () => {
    const { double, collector } = await pyroscope();
    double.answer({
      kind: "other",
      answer: (_, response) => void response.writeHead(200, { "content-type": "application/proto" }).flushHeaders(),
    });
    expect(await sendEvent({ ...collector, timeoutSeconds: 0.1 }, profileCollected(FILE), CONTEXT)).toEqual({
      kind: "retry",
      reason: expect.stringMatching(/^\[deadline_exceeded\] ./),
    });
  }, 5_000);

  test("if the connection breaks before an answer", async () => {
    const { double, collector } = await pyroscope();
    double.answer({ kind: "other", answer: ({ socket }) => socket.destroy() });
    expect(await sendEvent(collector, profileCollected(FILE), CONTEXT)).toMatchObject({
      kind: "retry",
      reason: expect.stringMatching(/./),
    });
  });

  test("if nobody listens", async () => {
    const { collector } = await pyroscope();
    const proxy = await startSwitchableProxy(0);
    await proxy.close();
    const away = { ...collector, url: `http://127.0.0.1:${proxy.port}/` };
    expect(await sendEvent(away, profileCollected(FILE), CONTEXT)).toEqual({
      kind: "retry",
      reason: `[unavailable] connect ECONNREFUSED 127.0.0.1:${proxy.port}`,
    });
  });
});

describe("nothing is pushed", () => {
  test("of a task, which Pyroscope can never take", async () => {
    const { double, collector } = await pyroscope();
    const outcome = await sendEvent(collector, taskReported(), CONTEXT);
    expect(outcome).toEqual({ kind: "dropped", reason: expect.stringMatching(/./) });
    expect(double.requests).toBe(0);
  });

  test.each([ProfilingTarget.UNSPECIFIED, ProfilingTarget.NETWORK])(
    "of a profile of target %i, for which there is no type",
    async (target) => {
      const { double, collector } = await pyroscope();
      const outcome = await sendEvent(collector, profileCollected(FILE, { profile: { target } }), CONTEXT);
      expect(outcome).toEqual({ kind: "dropped", reason: expect.stringMatching(/./) });
      expect(double.requests).toBe(0);
    },
  );

  test.each([new NotFound("the profile has expired"), new Unavailable("S3 did not answer")])(
    "if the file cannot be read: %s goes to the caller",
    async (error) => {
      const { double, collector } = await pyroscope();
      const event = profileCollected({ read: () => Promise.reject(error) });
      await expect(sendEvent(collector, event, CONTEXT)).rejects.toBe(error);
      expect(double.requests).toBe(0);
    },
  );
});
