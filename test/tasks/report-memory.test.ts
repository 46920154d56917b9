import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { Unavailable } from "../../shared/errors.ts";
import { ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { createReportMemory } from "../../shared/tasks/report-memory.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);

const taskOf = (taskId: string, at = NOON, processName = "java") =>
  create(ProfilingTaskSchema, { taskId, processName, reportedAt: timestampFromMs(at) });

/** A memory, and what was accepted through it. */
function world(options?: Parameters<typeof createReportMemory>[0]) {
  const memory = createReportMemory(options);
  const accepted: string[] = [];
  const report = (task: ReturnType<typeof taskOf>) =>
    memory.once(task, async () => {
      accepted.push(task.taskId);
    });
  return { memory, accepted, report };
}

test("the same report again within a minute is the first one's task, and is not accepted again", async () => {
  const { accepted, report } = world();
  expect(await report(taskOf("first"))).toEqual({ taskId: "first", isFirst: true });
  expect(await report(taskOf("second", NOON + 59_999))).toEqual({ taskId: "first", isFirst: false });
  expect(accepted).toEqual(["first"]);
});

test("the same report after a minute is a task of its own, and the minute begins anew", async () => {
  const { accepted, report } = world();
  await report(taskOf("first"));
  await report(taskOf("within", NOON + 40_000)); // makes the first one's minute no longer
  expect(await report(taskOf("after", NOON + 60_000))).toEqual({ taskId: "after", isFirst: true });
  expect(await report(taskOf("again", NOON + 100_000))).toEqual({ taskId: "after", isFirst: false });
  expect(accepted).toEqual(["first", "after"]);
});

test("another report is a task of its own", async () => {
  const { report } = world();
  await report(taskOf("first"));
  expect(await report(taskOf("second", NOON, "python"))).toEqual({ taskId: "second", isFirst: true });
});

test("the same report at the same time waits for the first, and shares its failure; the next one counts", async () => {
  const { memory, accepted, report } = world();
  let fail: (reason: Error) => void = () => {};
  const hanging = new Promise<void>((_, reject) => {
    fail = reject;
  });
  const first = memory.once(taskOf("first"), () => hanging);
  const second = report(taskOf("second"));
  fail(new Unavailable("SQS cannot be reached"));
  await expect(first).rejects.toThrow("SQS cannot be reached");
  await expect(second).rejects.toThrow("SQS cannot be reached");
  expect(accepted).toEqual([]);

  expect(await report(taskOf("third", NOON + 5_000))).toEqual({ taskId: "third", isFirst: true });
  expect(await report(taskOf("fourth", NOON + 5_001))).toEqual({ taskId: "third", isFirst: false });
  expect(accepted).toEqual(["third"]);
});

test("a failure that comes late takes back nothing that was accepted since", async () => {
  const { memory, report } = world();
  let fail: (reason: Error) => void = () => {};
  const hanging = new Promise<void>((_, reject) => {
    fail = reject;
  });
  const first = memory.once(taskOf("first"), () => hanging);
  await report(taskOf("second", NOON + 60_000));
  fail(new Unavailable("SQS cannot be reached"));
  await expect(first).rejects.toThrow(Unavailable);
  expect(await report(taskOf("third", NOON + 60_001))).toEqual({ taskId: "second", isFirst: false });
});

test("no more reports are remembered than allowed; the one that was seen longest ago goes first", async () => {
  const { report } = world({ maxReports: 2 });
  for (const name of ["a", "b", "c"]) await report(taskOf(name, NOON, name));
  expect(await report(taskOf("c again", NOON, "c"))).toEqual({ taskId: "c", isFirst: false });
  expect(await report(taskOf("a again", NOON, "a"))).toEqual({ taskId: "a again", isFirst: true });
});
