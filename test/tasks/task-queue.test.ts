import { create, type MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LimitExceeded, Unavailable } from "../../shared/errors.ts";
import { MonitorType, ProfilingTarget, ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { readDeliveryMessage, writeDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { readTaskMessage } from "../../shared/messages/task-message.ts";
import { createTaskQueue } from "../../shared/tasks/task-queue.ts";

type TaskInit = MessageInitShape<typeof ProfilingTaskSchema>;

const TASK = {
  taskId: "0198c0de-0000-7000-8000-000000000001",
  layer: "OS_LINUX",
  serviceName: "sqrt",
  instanceName: "sqrt@10.0.0.7",
  processName: "sqrt-server",
  target: ProfilingTarget.NETWORK,
  causes: [
    {
      monitorType: MonitorType.HTTP_ERROR_RATE,
      threshold: 5,
      current: Number.NaN,
      uri: { case: "uriPath", value: "/a" },
    },
  ],
  durationSeconds: 600,
  samplingUriRegexes: ["^/a"],
  reportedAt: { seconds: 1_770_091_506n, nanos: 789_000_000 },
} satisfies TaskInit;

const taskOf = (changes: TaskInit = {}) => create(ProfilingTaskSchema, { ...TASK, ...changes } as TaskInit);

const TASK_JSON = {
  taskId: "0198c0de-0000-7000-8000-000000000001",
  layer: "OS_LINUX",
  serviceName: "sqrt",
  instanceName: "sqrt@10.0.0.7",
  processName: "sqrt-server",
  target: "PROFILING_TARGET_NETWORK",
  causes: [{ monitorType: "MONITOR_TYPE_HTTP_ERROR_RATE", threshold: 5, current: "NaN", uriPath: "/a" }],
  durationSeconds: 600,
  samplingUriRegexes: ["^/a"],
  reportedAt: "2026-02-03T04:05:06.789Z",
};

/** A task queue over a queue that keeps what it is handed. */
function world() {
  const bodies: string[] = [];
  const taskQueue = createTaskQueue({
    send: async ({ body }) => void bodies.push(body),
    sendAll: async (all) => void bodies.push(...all.map(({ body }) => body)),
  });
  return { taskQueue, bodies };
}

test("a task travels as the JSON of its message, with the message's version", async () => {
  const { taskQueue, bodies } = world();
  await taskQueue.sendTask(taskOf());
  expect(bodies.map((body) => JSON.parse(body))).toEqual([{ version: 1, taskReported: TASK_JSON }]);
});

test("a delivery names its collector and carries the task's id as that of the event", () => {
  expect(JSON.parse(writeDeliveryMessage({ case: "taskReported", value: taskOf() }, "pager"))).toEqual({
    version: 1,
    collector: "pager",
    eventId: "0198c0de-0000-7000-8000-000000000001",
    taskReported: TASK_JSON,
  });
});

test("whatever task is sent, the same is read back from both queues", async () => {
  const anyText = fc.string({ unit: "grapheme" });
  const anyValue = fc.double().map((value) => value + 0); // JSON has no -0
  const anyTask = fc
    .record({
      serviceName: anyText,
      processName: anyText,
      durationSeconds: fc.integer({ min: 1, max: 86_400 }),
      samplingUriRegexes: fc.array(anyText),
      causes: fc.array(fc.record({ threshold: anyValue, current: anyValue })),
    })
    .map(taskOf);
  await fc.assert(
    fc.asyncProperty(anyTask, anyText, async (task, collector) => {
      const { taskQueue, bodies } = world();
      await taskQueue.sendTask(task);
      expect(readTaskMessage(bodies[0] ?? "").event).toEqual({ case: "taskReported", value: task });
      const delivery = readDeliveryMessage(writeDeliveryMessage({ case: "taskReported", value: task }, collector));
      expect(delivery.collector).toBe(collector);
      expect(delivery.event).toEqual({ case: "taskReported", value: task });
    }),
  );
});

test("a message holds no character that SQS or an emulator of it refuses", async () => {
  const { taskQueue, bodies } = world();
  const serviceName = "caf\u00e9 \u{1f525} \ufffe \uffff \u{10ffff} \ud7ff \ue000";
  await taskQueue.sendTask(taskOf({ serviceName }));
  const delivery = writeDeliveryMessage({ case: "taskReported", value: taskOf({ serviceName }) }, "pager");
  for (const body of [bodies[0] ?? "", delivery]) expect(body).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]+$/);
  expect(readTaskMessage(bodies[0] ?? "").event.value).toMatchObject({ serviceName });
  expect(readDeliveryMessage(delivery).event.value).toMatchObject({ serviceName });
});

describe.each([
  ["task", readTaskMessage],
  ["delivery", readDeliveryMessage],
])("a %s message", (_kind, read: (body: string) => unknown) => {
  test("of another version is refused, so that an older release leaves it in the queue", () => {
    const body = (version: unknown) => JSON.stringify({ version, taskReported: TASK_JSON });
    expect(() => read(body(2))).toThrow("message has version 2, not 1");
    expect(() => read(body(0))).toThrow("message has version 0, not 1");
    expect(() => read(body(undefined))).toThrow("message has version 0, not 1");
  });

  test("without an event, or with one that is not known, is refused", () => {
    expect(() => read('{"version":1}')).toThrow("message carries no event");
    expect(() => read('{"version":1,"profileReported":{}}')).toThrow("message carries no event");
  });

  test.each([
    "",
    "junk",
    "null",
    "[]",
    "7",
    '{"version":1,"taskReported":7}',
    '{"version":1,"taskReported":{"causes":1}}',
  ])("of %j is refused", (body) => {
    expect(() => read(body)).toThrow();
  });

  test("with fields that a newer release added is read all the same", () => {
    const body = JSON.stringify({ version: 1, traceId: "t", taskReported: { ...TASK_JSON, host: "h" } });
    expect(read(body)).toMatchObject({ event: { case: "taskReported", value: { serviceName: "sqrt" } } });
  });
});

test("a task up to 200 KiB as a message is sent, a larger one is refused and never sent", async () => {
  const { taskQueue, bodies } = world();
  await taskQueue.sendTask(taskOf({ layer: "x" }));
  const room = 200 * 1_024 - Buffer.byteLength(bodies[0] ?? "") + 1;
  await taskQueue.sendTask(taskOf({ layer: "x".repeat(room) }));
  expect(Buffer.byteLength(bodies[1] ?? "")).toBe(204_800);

  await expect(taskQueue.sendTask(taskOf({ layer: "x".repeat(room + 1) }))).rejects.toThrow(LimitExceeded);
  await expect(taskQueue.sendTask(taskOf({ layer: "ü".repeat(room - 1) }))).rejects.toThrow(LimitExceeded);
  expect(bodies).toHaveLength(2);
});

test("a queue that did not take the message fails the send", async () => {
  const refuse = () => Promise.reject(new Unavailable("SQS cannot be reached"));
  const taskQueue = createTaskQueue({ send: refuse, sendAll: refuse });
  await expect(taskQueue.sendTask(taskOf())).rejects.toThrow(Unavailable);
});
