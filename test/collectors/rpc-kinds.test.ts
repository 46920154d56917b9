import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { kindNamed, sendEvent } from "../../shared/collectors/kinds.ts";
import { validateCollector } from "../../shared/collectors/validate-collector.ts";
import { createEgress } from "../../shared/egress/egress.ts";
import { NotFound, Unavailable } from "../../shared/errors.ts";
import { MonitorType } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { PROFILE_ID, profileCollected, TASK_ID, taskReported } from "../support/delivered-events.ts";
import { CONTEXT, egress, KINDS, LOOPBACK, service, TLS } from "../support/rpc-collectors.ts";

afterAll(() => egress.close());
const DELIVERED = { kind: "delivered" };
const TASK_IN_EVENT = {
  taskId: TASK_ID,
  layer: "OS_LINUX",
  serviceName: "checkout",
  instanceName: "pod-1",
  processName: "java",
  target: "PROFILING_TARGET_ON_CPU",
  durationSeconds: 600,
  reportedAt: { seconds: "1770091506", nanos: 789_000_000 },
};

describe.each(KINDS)("over %s", (kind) => {
  test("a task arrives field for field, with the id of its event", async () => {
    const { double, collector } = await service(kind);
    const causes = [
      { monitorType: MonitorType.PROCESS_CPU, threshold: 80, current: 93.5 },
      { monitorType: MonitorType.HTTP_ERROR_RATE, threshold: 1, uri: { case: "uriPath" as const, value: "/pay" } },
      { monitorType: MonitorType.HTTP_ERROR_RATE, threshold: 2, uri: { case: "uriRegex" as const, value: "/p.*" } },
    ];
    const event = taskReported({ serviceName: "chéckout 日本", causes, samplingUriRegexes: ["/a", "/b"] });
    expect(await sendEvent(collector, event, CONTEXT)).toEqual(DELIVERED);
    expect(double.calls).toHaveLength(1);
    expect(double.calls[0]).toMatchObject({ method: "CollectTask", headers: { "flashpoint-event-id": TASK_ID } });
    expect(double.calls[0]?.request).toEqual({
      task: {
        ...TASK_IN_EVENT,
        serviceName: "chéckout 日本",
        samplingUriRegexes: ["/a", "/b"],
        causes: [
          { monitorType: "MONITOR_TYPE_PROCESS_CPU", threshold: 80, current: 93.5 },
          { monitorType: "MONITOR_TYPE_HTTP_ERROR_RATE", threshold: 1, uriPath: "/pay" },
          { monitorType: "MONITOR_TYPE_HTTP_ERROR_RATE", threshold: 2, uriRegex: "/p.*" },
        ],
      },
    });
  });

  test("a profile arrives with its task, its link and its file, under its own id", async () => {
    const { double, collector } = await service(kind);
    const event = profileCollected(
      {
        bytes: Buffer.from([1, 0, 255]),
        link: async () => ({ url: "http://127.0.0.1:9/file?X-Amz-Signature=abc", expiresAt: 1_770_091_600_000 }),
      },
      { profile: { processId: "p-1", objectKey: "tasks/a/b.pb.gz", sampleCount: 512n, totalNanos: 4_608_000_000n } },
    );
    expect(await sendEvent(collector, event, CONTEXT)).toEqual(DELIVERED);
    expect(double.calls).toHaveLength(1);
    expect(double.calls[0]).toMatchObject({ method: "CollectProfile", headers: { "flashpoint-event-id": PROFILE_ID } });
    expect(double.calls[0]?.request).toEqual({
      profile: {
        task: TASK_IN_EVENT,
        profile: {
          profileId: PROFILE_ID,
          taskId: TASK_ID,
          processId: "p-1",
          target: "PROFILING_TARGET_ON_CPU",
          collectedAt: { seconds: "1770091567", nanos: 890_000_000 },
          objectKey: "tasks/a/b.pb.gz",
          objectBytes: "3",
          sampleCount: "512",
          totalNanos: "4608000000",
        },
        downloadUrl: "http://127.0.0.1:9/file?X-Amz-Signature=abc",
        downloadUrlExpiresAt: { seconds: "1770091600" },
        pprof: Buffer.from([1, 0, 255]),
      },
    });
  });

  test("a file above 64 KiB stays where it is, and one of 64 KiB comes along", async () => {
    const { double, collector } = await service(kind);
    for (const size of [65_536, 65_537]) {
      expect(await sendEvent(collector, profileCollected({ bytes: Buffer.alloc(size, 7) }), CONTEXT)).toEqual(
        DELIVERED,
      );
    }
    const pprofs = double.calls.map(({ request }) => (request.profile as { pprof?: Buffer }).pprof?.length);
    expect(pprofs).toEqual([65_536, undefined]);
  });

  test("the id is the same over all attempts", async () => {
    const { double, collector } = await service(kind);
    double.answer(() => {
      if (double.calls.length < 3) throw new ConnectError("not yet", Code.Unavailable);
    });
    const outcomes = [];
    for (let attempt = 0; attempt < 3; attempt += 1) outcomes.push(await sendEvent(collector, taskReported(), CONTEXT));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(["retry", "retry", "delivered"]);
    expect(double.calls.map(({ headers }) => headers["flashpoint-event-id"])).toEqual([TASK_ID, TASK_ID, TASK_ID]);
  });

  test("the collector's own headers go along, and its kind's win", async () => {
    const { double, collector } = await service(kind);
    const headers = { "x-team": "perf", authorization: "Bearer abc.def", "Flashpoint-Event-Id": "another" };
    expect(await sendEvent({ ...collector, headers }, taskReported(), CONTEXT)).toEqual(DELIVERED);
    expect(double.calls[0]?.headers).toMatchObject({
      "x-team": "perf",
      authorization: "Bearer abc.def",
      "flashpoint-event-id": TASK_ID,
      "user-agent": expect.stringMatching(/^flashpoint/),
    });
  });

  test.each([
    ["x-key", "hunter\n2"],
    ["x-key", "hünter€"],
  ])("a secret that no header can carry fails the attempt, and is not kept (%#)", async (name, value) => {
    const { double, collector } = await service(kind);
    const outcome = await sendEvent({ ...collector, headers: { [name]: value } }, taskReported(), CONTEXT);
    expect(outcome).toEqual({ kind: "retry", reason: expect.stringMatching(/./) });
    expect(JSON.stringify(outcome)).not.toMatch(/h[uü]nter/);
    expect(double.calls).toEqual([]);
  });

  test("a service under TLS is reached, if its certificate is trusted", async () => {
    const { double, collector } = await service(kind, TLS);
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toEqual(DELIVERED);
    const distrusting = createEgress({ networks: LOOPBACK });
    onTestFinished(() => distrusting.close());
    expect(await sendEvent(collector, taskReported(), { stack: "flashpoint", egress: distrusting })).toEqual({
      kind: "retry",
      reason: expect.stringMatching(/TLS failed: .*self-signed/),
    });
    expect(double.calls).toHaveLength(1);
  });

  test("many deliveries at once each arrive", async () => {
    const { double, collector } = await service(kind);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => sendEvent(collector, taskReported(), CONTEXT)));
    expect(outcomes).toEqual(Array.from({ length: 20 }, () => DELIVERED));
    expect(double.calls).toHaveLength(20);
  });

  test.each([
    [Code.Unavailable, "retry"],
    [Code.DeadlineExceeded, "retry"],
    [Code.ResourceExhausted, "retry"],
    [Code.Aborted, "retry"],
    [Code.Internal, "retry"],
    [Code.Unknown, "retry"],
    [Code.InvalidArgument, "refused"],
    [Code.PermissionDenied, "refused"],
    [Code.Unauthenticated, "refused"],
    [Code.NotFound, "refused"],
    [Code.Unimplemented, "refused"],
    [Code.FailedPrecondition, "refused"],
  ])("code %i decides (%s), and its name and message are kept", async (code, outcome) => {
    const { double, collector } = await service(kind);
    double.answer(() => {
      throw new ConnectError("because é", code);
    });
    const name = Code[code]?.replace(/(?<=.)[A-Z]/g, "_$&").toLowerCase();
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toEqual({
      kind: outcome,
      reason: `[${name}] because é`,
    });
  });

  test("Retry-After is heeded", async () => {
    const { double, collector } = await service(kind);
    double.answer(() => {
      throw new ConnectError("later", Code.Unavailable, { "retry-after": "120" });
    });
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toMatchObject({
      kind: "retry",
      retryAfterSeconds: 120,
    });
  });

  test("no more than 512 bytes of a message are kept, and no half character", async () => {
    const { double, collector } = await service(kind);
    double.answer(() => {
      throw new ConnectError("é".repeat(1_000), Code.InvalidArgument);
    });
    // 19 bytes of "[invalid_argument] ", then 246 of two bytes: one more would make 513.
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toEqual({
      kind: "refused",
      reason: `[invalid_argument] ${"é".repeat(246)}`,
    });
  });

  test("neither the collector's headers nor what makes the link work are kept", async () => {
    const { double, collector } = await service(kind);
    double.answer(({ headers, request }) => {
      const { downloadUrl } = request.profile as { downloadUrl: string };
      throw new ConnectError(`no to ${headers["x-key"]}, abc.def and ${downloadUrl}`, Code.PermissionDenied);
    });
    const headers = { "x-key": "hunter 2+2", authorization: "Bearer abc.def" };
    const link = async () => ({ url: "http://127.0.0.1:9/a?X-Amz-Signature=0f1e2d3c", expiresAt: 0 });
    expect(await sendEvent({ ...collector, headers }, profileCollected({ link }), CONTEXT)).toEqual({
      kind: "refused",
      reason: "[permission_denied] no to [masked], [masked] and http://127.0.0.1:9/a?X-Amz-Signature=[masked]",
    });
  });

  test("an address that is not allowed is refused for good, and nothing is sent there", async () => {
    const { double, collector } = await service(kind);
    const closed = createEgress({ networks: [] });
    onTestFinished(() => closed.close());
    for (const url of [double.url, double.url.replace("127.0.0.1", "localhost"), "https://127.0.0.1:1/"]) {
      const outcome = await sendEvent({ ...collector, url }, taskReported(), { stack: "flashpoint", egress: closed });
      expect(outcome).toEqual({ kind: "refused", reason: expect.stringMatching(/^[^[].*(127\.0\.0\.1|::1)/) });
    }
    expect(double.calls).toEqual([]);
  });

  test.each([new NotFound("the profile has expired"), new Unavailable("S3 did not answer")])(
    "if the file cannot be read, %s goes to the caller, and nobody is called",
    async (error) => {
      const { double, collector } = await service(kind);
      const event = profileCollected({ link: () => Promise.reject(error) });
      await expect(sendEvent(collector, event, CONTEXT)).rejects.toBe(error);
      expect(double.calls).toEqual([]);
    },
  );

  test("a test calls CollectTask with a task that says so", async () => {
    const { double, collector } = await service(kind);
    expect(await kindNamed(kind).test(collector, CONTEXT)).toEqual(DELIVERED);
    expect(double.calls).toMatchObject([
      { method: "CollectTask", request: { test: true, task: { serviceName: "flashpoint-test" } } },
    ]);
    expect(double.calls[0]?.headers["flashpoint-event-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("a test of who takes only profiles calls CollectProfile", async () => {
    const { double, collector } = await service(kind);
    expect(await kindNamed(kind).test({ ...collector, events: ["profiles"] }, CONTEXT)).toEqual(DELIVERED);
    expect(double.calls).toMatchObject([
      { method: "CollectProfile", request: { test: true, profile: { task: { serviceName: "flashpoint-test" } } } },
    ]);
  });

  test("a test of who does not implement the call is refused, with what was said", async () => {
    const { double, collector } = await service(kind);
    double.answer(() => {
      throw new ConnectError("no such method", Code.Unimplemented);
    });
    expect(await kindNamed(kind).test(collector, CONTEXT)).toEqual({
      kind: "refused",
      reason: "[unimplemented] no such method",
    });
  });

  test("an address with a query or fragment is invalid, one with a path is not", () => {
    const item = { name: "calls", kind };
    for (const url of ["https://collector.example.com/?a=b", "https://collector.example.com/#a"]) {
      expect(validateCollector({ ...item, url })).toMatchObject({ ok: false, faults: [{ path: "url" }] });
    }
    expect(validateCollector({ ...item, url: "https://collector.example.com/flashpoint" })).toMatchObject({ ok: true });
  });
});
