import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  MonitorType,
  ProfilingTarget,
  ProfilingTaskSchema,
  type TaskCauseSchema,
} from "../../shared/gen/flashpoint/v1/task_pb.js";
import { readTaskMessage, writeTaskMessage } from "../../shared/messages/task-message.ts";
import { isSameReport, reportFingerprint } from "../../shared/tasks/report-fingerprint.ts";

type TaskInit = Exclude<MessageInitShape<typeof ProfilingTaskSchema>, { $typeName: string }>;
type CauseInit = Exclude<MessageInitShape<typeof TaskCauseSchema>, { $typeName: string }>;

const CAUSE: CauseInit = {
  monitorType: MonitorType.HTTP_ERROR_RATE,
  threshold: 5,
  current: 7.25,
  uri: { case: "uriPath", value: "/a" },
};
const TASK: TaskInit = {
  taskId: "0198c0de-0000-7000-8000-000000000001",
  layer: "OS_LINUX",
  serviceName: "sqrt",
  instanceName: "sqrt@10.0.0.7",
  processName: "sqrt-server",
  target: ProfilingTarget.NETWORK,
  causes: [CAUSE, { monitorType: MonitorType.SYSTEM_LOAD, threshold: 1, current: 2 }],
  durationSeconds: 600,
  samplingUriRegexes: ["^/a", "^/b"],
  reportedAt: timestampFromMs(1_770_091_506_789),
};

const fingerprintOf = (changes: TaskInit = {}) =>
  reportFingerprint(create(ProfilingTaskSchema, { ...TASK, ...changes }));
const withCause = (changes: CauseInit): TaskInit => ({
  causes: [{ ...CAUSE, ...changes }, ...(TASK.causes ?? []).slice(1)],
});

/** What an agent may say otherwise, field by field. */
const OTHERWISE: Record<Exclude<keyof TaskInit, "taskId" | "reportedAt" | `$${string}`>, TaskInit[]> = {
  layer: [{ layer: "" }],
  serviceName: [{ serviceName: "sqrt2" }],
  instanceName: [{ instanceName: "sqrt@10.0.0.8" }],
  processName: [{ processName: "sqrt-serve" }, { instanceName: "sqrt@10.0.0.7sqrt-", processName: "server" }],
  target: [{ target: ProfilingTarget.ON_CPU }],
  durationSeconds: [{ durationSeconds: 601 }],
  samplingUriRegexes: [
    { samplingUriRegexes: ["^/b", "^/a"] },
    { samplingUriRegexes: ["^/a,^/b"] },
    { samplingUriRegexes: ["^/a"] },
    { samplingUriRegexes: [] },
  ],
  causes: [
    { causes: [] },
    { causes: [CAUSE] },
    { causes: (TASK.causes ?? []).toReversed() },
    { causes: [...(TASK.causes ?? []), CAUSE] },
    withCause({ monitorType: MonitorType.HTTP_AVG_RESPONSE_TIME }),
    withCause({ threshold: 5.000000000000001 }),
    withCause({ current: 7.250000000000001 }),
    withCause({ current: Number.NaN }),
    withCause({ current: Number.POSITIVE_INFINITY }),
    withCause({ current: Number.NEGATIVE_INFINITY }),
    withCause({ current: 0 }),
    withCause({ threshold: 7.25, current: 5 }),
    withCause({ uri: { case: "uriPath", value: "/b" } }),
    withCause({ uri: { case: "uriRegex", value: "/a" } }),
    withCause({ uri: { case: undefined } }),
  ],
};

test("a fingerprint is 64 hexadecimal digits", () => {
  expect(fingerprintOf()).toMatch(/^[0-9a-f]{64}$/);
});

test("whatever an agent says otherwise makes another fingerprint", () => {
  const said = ProfilingTaskSchema.fields
    .map(({ localName }) => localName)
    .filter((name) => name !== "taskId" && name !== "reportedAt");
  expect(Object.keys(OTHERWISE).sort()).toEqual(said.sort()); // no field of the task is forgotten here
  const fingerprints = [{}, ...Object.values(OTHERWISE).flat()].map(fingerprintOf);
  expect(new Set(fingerprints).size).toBe(fingerprints.length);
});

test("what Flashpoint adds makes no difference: the task's id and its time", () => {
  const another = { taskId: "0198c0de-0000-7000-8000-000000000002", reportedAt: timestampFromMs(1_770_091_506_790) };
  expect(fingerprintOf(another)).toBe(fingerprintOf());
});

test("the fingerprint is the same on both sides of the queue", () => {
  const anyText = fc.string({ unit: "grapheme" });
  const anyTask = fc.record({
    serviceName: anyText,
    processName: anyText,
    samplingUriRegexes: fc.array(anyText),
    causes: fc.array(fc.record({ threshold: fc.double(), current: fc.double() })),
  });
  fc.assert(
    fc.property(anyTask, (init) => {
      const task = create(ProfilingTaskSchema, init);
      const { event } = readTaskMessage(writeTaskMessage({ case: "taskReported", value: task }));
      if (event.case !== "taskReported") throw new Error("not a task");
      expect(reportFingerprint(event.value)).toBe(reportFingerprint(task));
    }),
  );
});

test.each([
  [0, true],
  [59_999, true],
  [60_000, false],
  [3_600_000, false],
])("the same again %i ms apart is one report: %s, whichever comes first", (apart, isSame) => {
  const at = 1_770_091_506_789;
  expect(isSameReport(at, at + apart)).toBe(isSame);
  expect(isSameReport(at + apart, at)).toBe(isSame);
});
