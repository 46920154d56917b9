import { create, equals } from "@bufbuild/protobuf";
import fc from "fast-check";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { kindNamed, maskSecrets, sendEvent } from "../../shared/collectors/kinds.ts";
import { reportFromTask } from "../../shared/collectors/skywalking/report-from-task.ts";
import type { SkyWalkingCollector } from "../../shared/collectors/skywalking/skywalking-collector.ts";
import { validateCollector } from "../../shared/collectors/validate-collector.ts";
import { createEgress } from "../../shared/egress/egress.ts";
import { ContinuousProfilingReportSchema } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { MonitorType, ProfilingTarget } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { taskFromReport } from "../../shared/tasks/task.ts";
import { profileCollected, taskReported } from "../support/delivered-events.ts";
import { answerOf, startOapDouble } from "../support/oap-double.ts";
import { withSeenConnections } from "../support/seen-connections.ts";

const egress = createEgress({ networks: ["127.0.0.0/8", "::1/128"] });
afterAll(() => egress.close());
const CONTEXT = { stack: "flashpoint", egress };
const { test: tryOut } = kindNamed("skywalking");

function collectorAt(url: string, own: { authentication?: string } = {}): SkyWalkingCollector {
  const read = validateCollector({ name: "oap", kind: "skywalking", url, ...own });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.collector as SkyWalkingCollector;
}

async function oap(options: { authentication?: string } = {}) {
  const double = await startOapDouble(options);
  onTestFinished(() => double.close());
  return { double, collector: collectorAt(double.url) };
}

describe("a task", () => {
  test("is reported as an agent would, and the OAP's id of it is kept", async () => {
    const { double, collector } = await oap();
    const event = taskReported({
      serviceName: "chéckout 日本",
      causes: [
        { monitorType: MonitorType.PROCESS_CPU, threshold: 80, current: 93.5 },
        { monitorType: MonitorType.PROCESS_THREAD_COUNT, threshold: 500, current: 501 },
        { monitorType: MonitorType.SYSTEM_LOAD, threshold: 3, current: 4 },
        { monitorType: MonitorType.HTTP_ERROR_RATE, threshold: 1, current: 2, uri: { case: "uriPath", value: "/pay" } },
        {
          monitorType: MonitorType.HTTP_AVG_RESPONSE_TIME,
          threshold: 10,
          current: 12.25,
          uri: { case: "uriRegex", value: "/p.*" },
        },
      ],
    });
    expect(await sendEvent(collector, event, CONTEXT)).toEqual({ kind: "delivered", remoteId: "oap-task-1" });
    expect(double.calls).toHaveLength(1);
    expect(double.calls[0]).toMatchObject({ method: "reportProfilingTask" });
    expect(double.calls[0]?.metadata).not.toHaveProperty("authentication");
    expect(double.calls[0]?.request).toEqual({
      layer: "OS_LINUX",
      serviceName: "chéckout 日本",
      instanceName: "pod-1",
      processName: "java",
      duration: 600,
      onCPU: {},
      causes: [
        { singleValue: { threshold: 80, current: 93.5 } }, // ProcessCPU is 0
        { type: "ProcessThreadCount", singleValue: { threshold: 500, current: 501 } },
        { type: "SystemLoad", singleValue: { threshold: 3, current: 4 } },
        { type: "HTTPErrorRate", uri: { path: "/pay", threshold: 1, current: 2 } },
        { type: "HTTPAvgResponseTime", uri: { regex: "/p.*", threshold: 10, current: 12.25 } },
      ],
    });
  });

  test.each([
    [ProfilingTarget.OFF_CPU, { offCPU: {} }],
    [ProfilingTarget.NETWORK, { network: { samplingURIRegexes: ["/a", "/b"] } }],
  ])("of target %i is reported as one", async (target, targetTask) => {
    const { double, collector } = await oap();
    const event = taskReported({ target, samplingUriRegexes: ["/a", "/b"] });
    expect(await sendEvent(collector, event, CONTEXT)).toMatchObject({ kind: "delivered" });
    expect(double.calls[0]?.request).toMatchObject(targetTask);
    expect(double.calls[0]?.request).not.toHaveProperty("onCPU");
  });

  test("comes with the authentication and the headers that the collector has", async () => {
    const { double, collector } = await oap({ authentication: "t0ken with blanks" });
    const known = { ...collector, authentication: "t0ken with blanks", headers: { "x-team": "perf" } };
    expect(await sendEvent(known, taskReported(), CONTEXT)).toMatchObject({ kind: "delivered" });
    expect(double.calls[0]?.metadata).toMatchObject({ "x-team": "perf", authentication: "t0ken with blanks" });
  });

  test("is refused for good with the wrong authentication, of which nothing is kept", async () => {
    const { double, collector } = await oap({ authentication: "right" });
    expect(await sendEvent({ ...collector, authentication: "wrong-token" }, taskReported(), CONTEXT)).toEqual({
      kind: "refused",
      reason: "[unauthenticated] Unauthenticated token [masked]",
    });
    expect(double.calls).toEqual([]);
  });

  test.each([
    ["control characters", "a\u0000b\u001b[2Jc\r\n", "ab[2Jc"],
    ["no end", "x".repeat(1_000), "x".repeat(256)],
    ["nothing wrong, but comes behind another command", "id", "id"],
  ])("whose id at the OAP has %s is delivered, and so much of it is kept", async (_, taskId, remoteId) => {
    const { double, collector } = await oap();
    double.answer({ commands: [{ command: "Other", args: [] }, ...answerOf(taskId).commands] });
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toEqual({ kind: "delivered", remoteId });
  });

  test.each([
    ["nothing", []],
    ["another command", [{ command: "Other", args: [{ key: "TaskId", value: "1" }] }]],
    ["another argument", [{ command: "ContinuousProfilingReportTask", args: [{ key: "Id", value: "1" }] }]],
    ["a blank id", answerOf(" \u0000").commands],
  ])("that is answered with %s is refused for good", async (_, commands) => {
    const { double, collector } = await oap();
    double.answer({ commands });
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toEqual({
      kind: "refused",
      reason: expect.stringContaining("without a task id"),
    });
    expect(double.calls).toHaveLength(1);
  });

  test.each([
    [14, "retry", "[unavailable] no"],
    [2, "retry", "[unknown] no"],
    [12, "refused", "[unimplemented] no"],
  ])("that fails with code %i is: %s", async (code, kind, reason) => {
    const { double, collector } = await oap();
    double.answer({ code, details: "no" });
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toEqual({ kind, reason });
  });

  test("is refused for good where the address is not allowed", async () => {
    const { double, collector } = await oap();
    const closed = createEgress({ networks: [] });
    onTestFinished(() => closed.close());
    expect(await sendEvent(collector, taskReported(), { stack: "flashpoint", egress: closed })).toMatchObject({
      kind: "refused",
    });
    expect(double.calls).toEqual([]);
  });

  test("leaves no connection behind, whatever becomes of it", async () => {
    const { double, collector } = await oap();
    const { opened, egress: seen } = withSeenConnections(egress);
    const context = { stack: "flashpoint", egress: seen };
    for (const code of [3, 14]) {
      double.answer({ code, details: "no" });
      await sendEvent(collector, taskReported(), context);
    }
    double.answer(answerOf("id"));
    expect(await sendEvent(collector, taskReported(), context)).toEqual({ kind: "delivered", remoteId: "id" });
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  });

  test("of no target that a report can name is not sent, nor is a profile", async () => {
    const { double, collector } = await oap();
    for (const event of [taskReported({ target: ProfilingTarget.UNSPECIFIED }), profileCollected()]) {
      expect(await sendEvent(collector, event, CONTEXT)).toEqual({
        kind: "dropped",
        reason: expect.stringMatching(/^SkyWalking /),
      });
    }
    expect(double.calls).toEqual([]);
  });
});

describe("a test", () => {
  test("asks for the policies of no service, and reports nothing", async () => {
    const { double, collector } = await oap({ authentication: "right" });
    expect(await tryOut({ ...collector, authentication: "right" }, CONTEXT)).toEqual({ kind: "delivered" });
    expect(double.calls).toMatchObject([{ method: "queryPolicies", request: {} }]);
  });

  test("shows that the authentication is wrong", async () => {
    const { collector } = await oap({ authentication: "right" });
    expect(await tryOut({ ...collector, authentication: "wrong" }, CONTEXT)).toEqual({
      kind: "refused",
      reason: "[unauthenticated] Unauthenticated token [masked]",
    });
  });
});

describe("a collector", () => {
  test.each(["http://oap.example.com:11800", "https://oap.example.com/"])("can be at %s", (url) =>
    expect(collectorAt(url)).toMatchObject({ url, events: ["tasks"] }),
  );

  test.each([
    "http://oap.example.com:11800/graphql",
    "http://oap.example.com:11800?a=b",
    "http://oap.example.com:11800/#a",
  ])("cannot be at %s", (url) => {
    const read = validateCollector({ name: "oap", kind: "skywalking", url });
    expect(read).toMatchObject({ ok: false, faults: [{ path: "url" }] });
  });

  test.each(["", " a", "a ", "a\nb", "é", "x".repeat(2_049), 7])("cannot have authentication %j", (authentication) => {
    const read = validateCollector({ name: "oap", kind: "skywalking", url: "http://oap.example.com", authentication });
    expect(read).toMatchObject({ ok: false, faults: [{ path: "authentication" }] });
  });

  test("takes no profiles", () => {
    const item = { name: "oap", kind: "skywalking", url: "http://oap.example.com", events: ["profiles"] };
    expect(validateCollector(item)).toMatchObject({ ok: false, faults: [{ path: "events" }] });
  });

  test("has one way to set its authentication", () => {
    const item = { name: "oap", kind: "skywalking", url: "http://oap.example.com" };
    const read = validateCollector({ ...item, headers: { Authentication: "t0ken" } });
    expect(read).toMatchObject({ ok: false, faults: [{ path: "headers.authentication" }] });
  });

  test("is shown without its authentication", () => {
    const collector = collectorAt("http://oap.example.com", { authentication: "t0ken" });
    expect(JSON.stringify(maskSecrets(collector))).not.toContain("t0ken");
  });
});

test("a task made of a report makes that report again", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).map((found) => `s${found}`);
  const value = fc.double({ noNaN: true });
  const uri = fc.oneof(
    text.map((path) => ({ case: "path", value: path }) as const),
    text.map((regex) => ({ case: "regex", value: regex }) as const),
  );
  const cause = fc.record({
    type: fc.integer({ min: 0, max: 4 }),
    cause: fc.oneof(
      fc.record({ case: fc.constant("singleValue" as const), value: fc.record({ threshold: value, current: value }) }),
      fc.record({ case: fc.constant("uri" as const), value: fc.record({ uri, threshold: value, current: value }) }),
    ),
  });
  const targetTask = fc.oneof(
    fc.constant({ case: "onCPU" as const, value: {} }),
    fc.constant({ case: "offCPU" as const, value: {} }),
    fc.record({
      case: fc.constant("network" as const),
      value: fc.record({ samplingURIRegexes: fc.array(text, { maxLength: 3 }) }),
    }),
  );
  const report = fc.record({
    layer: text,
    serviceName: text,
    instanceName: text,
    processName: text,
    causes: fc.array(cause, { maxLength: 5 }),
    duration: fc.integer({ min: 1, max: 86_400 }),
    targetTask,
  });
  fc.assert(
    fc.property(report, (init) => {
      const reported = create(ContinuousProfilingReportSchema, init);
      const made = reportFromTask(taskFromReport(reported, { taskId: "t", reportedAt: 0 }));
      expect(made !== undefined && equals(ContinuousProfilingReportSchema, made, reported)).toBe(true);
    }),
  );
});
