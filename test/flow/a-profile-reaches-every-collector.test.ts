import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Received,
  type RecordingCollector,
  startRecordingCollector,
} from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import type { ProfileRecord } from "../../shared/profiles/profile-item.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { readPprof, totalsOf } from "../support/pprof-file.ts";
import { flushOf, offCpu, onCpu, type StackMessage } from "../support/stacks.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

const { collectProfilingData } = EBPFProfilingService.method;
const { reportProfilingTask } = ContinuousProfilingService.method;

/** CPU time that one sample stands for unless it is set otherwise: 9 ms, as with Rover. */
const PERIOD = 9_000_000n;

const report = async ({ grpc }: Pick<World, "grpc">, serviceName: string): Promise<string> =>
  taskIdIn(await grpc.call(reportProfilingTask, goodReport(serviceName)));
const send = async ({ grpc }: Pick<World, "grpc">, messages: readonly StackMessage[]): Promise<void> => {
  expect((await grpc.stream(collectProfilingData, messages)).commands).toEqual([]);
};

/** A profile as it arrived, with its file by both ways. */
async function arrived({ body, verified, headers }: Received) {
  const { data, ...event } = JSON.parse(body);
  const download = await fetch(data.downloadUrl);
  const linked = Buffer.from(await download.arrayBuffer());
  const inline = data.pprof === undefined ? undefined : Buffer.from(data.pprof, "base64");
  const id: string = headers["webhook-id"] ?? "";
  return { id, event, data, verified, inline, linked, pprof: readPprof(linked) };
}

const isOf = (taskId: string, type: string) => (received: Received) =>
  JSON.parse(received.body).type === type && received.body.includes(taskId);
const isProfileOf = (taskId: string) => isOf(taskId, "flashpoint.profile.collected.v1");

describe("a profile of a running server", () => {
  let world: World;
  const open: RecordingCollector[] = [];
  const collectors: Record<"profiles" | "both" | "tasks" | "payments", RecordingCollector> = Object.create(null);

  beforeAll(async () => {
    world = await startWorld();
    for (const [name, more] of [
      ["profiles", { events: ["profiles"] }],
      ["both", { events: ["tasks", "profiles"] }],
      ["tasks", { events: ["tasks"] }],
      ["payments", { events: ["profiles"], services: ["payments"] }],
    ] as const) {
      const collector = await startRecordingCollector(SECRET);
      open.push(collector);
      collectors[name] = collector;
      await world.services.collectorStore.put(webhookTo(collector.url, { name, ...more }));
    }
  });
  afterAll(async () => {
    await world.stop();
    await Promise.all(open.map((collector) => collector.close()));
  });

  it("arrives at each collector that wants profiles, one signed event for each flush and task", async () => {
    const checkout = await report(world, "checkout");
    const payments = await report(world, "payments");
    await send(world, [
      ...flushOf(checkout, [onCpu(3, "leaf", "main"), onCpu(4, "main"), onCpu(1, "leaf", "main")]),
      ...flushOf(payments, [offCpu(5, 1_000_000_007n, "futex", "wait")]),
    ]);
    await send(world, [...flushOf(payments, [offCpu(6, 600n, "futex")]), ...flushOf(checkout, [onCpu(7, "main")])]);

    const sent: [string, RecordingCollector[], (bigint[] | undefined)[]][] = [
      [
        checkout,
        [collectors.profiles, collectors.both],
        [
          [8n, 8n * PERIOD],
          [7n, 7n * PERIOD],
        ],
      ],
      [
        payments,
        [collectors.profiles, collectors.both, collectors.payments],
        [
          [5n, 1_000_000_007n],
          [6n, 600n],
        ],
      ],
    ];
    for (const [taskId, recipients, totals] of sent) {
      const records = await until("every delivery is noted", async () => {
        const found = await world.services.profileStore.list(taskId);
        const deliveries = found.flatMap((record) => Object.values(record.deliveries));
        const isDone = found.length === 2 && deliveries.every(({ status }) => status === "delivered");
        return isDone ? found : undefined;
      });
      for (const { deliveries, isApart } of records) {
        expect(isApart).toBe(false);
        expect(Object.values(deliveries)).toHaveLength(recipients.length);
        for (const { attempts } of Object.values(deliveries)) expect(attempts).toBe(1);
      }
      for (const collector of recipients) {
        const events = await Promise.all(collector.received.filter(isProfileOf(taskId)).map(arrived));
        expect(new Set(events.map(({ id }) => id))).toEqual(new Set(records.map(({ profile }) => profile.profileId)));
        expect(events).toHaveLength(2);
        const found = events.map(({ pprof }) => totalsOf(pprof));
        expect(found).toHaveLength(totals.length);
        expect(found).toEqual(expect.arrayContaining(totals));
        for (const { verified, inline, linked } of events) {
          expect(verified).toBe(true);
          expect(inline?.equals(linked)).toBe(true);
        }
      }
    }
    expect(collectors.payments.received.some(isProfileOf(checkout))).toBe(false);
    // By now everything that could have gone to the collector of tasks has gone to its neighbours.
    await collectors.tasks.waitFor(isOf(checkout, "flashpoint.task.reported.v1"), 10_000);
    expect(collectors.tasks.received.some(isProfileOf(checkout))).toBe(false);
    expect(collectors.profiles.received.some(isOf(checkout, "flashpoint.task.reported.v1"))).toBe(false);
    expect(collectors.both.received.some(isOf(checkout, "flashpoint.task.reported.v1"))).toBe(true);
  });

  it("says whose it is, in the event and in its file", async () => {
    const taskId = await report(world, "labelled");
    const at = { profilingStartTime: 1_770_091_501_000n, currentTime: 1_770_091_506_789n };
    await send(world, flushOf(taskId, [onCpu(2, "leaf", "main")], { processId: "p-1", ...at }));
    const { event, data, pprof } = await arrived(await collectors.profiles.waitFor(isProfileOf(taskId), 10_000));
    expect(event).toMatchObject({ specversion: "1.0", source: "/flashpoint/flashpoint", subject: "labelled" });
    expect(data.task).toMatchObject({ taskId, serviceName: "labelled", target: "PROFILING_TARGET_ON_CPU" });
    expect(data.profile).toMatchObject({
      profileId: event.id,
      taskId,
      processId: "p-1",
      target: "PROFILING_TARGET_ON_CPU",
      startedAt: "2026-02-03T04:05:01Z",
      flushedAt: "2026-02-03T04:05:06.789Z",
      collectedAt: event.time,
      sampleCount: "2",
      totalNanos: "18000000",
    });
    expect(pprof.timeNanos).toBe(1_770_091_506_789_000_000n);
    const labels = { service: "labelled", instance: "pod-1", process: "java", process_id: "p-1", task: taskId };
    expect(pprof.samples.map((sample) => sample.labels)).toEqual([labels]);
    expect(pprof.samples[0]?.frames[0]).toEqual({ name: "leaf", mapping: "java" });
  });

  it("that is large travels as a link alone", async () => {
    const taskId = await report(world, "large");
    await send(world, flushOf(taskId, [onCpu(2, randomBytes(100_000).toString("hex"), "main")]));
    const { data, inline, linked, pprof } = await arrived(
      await collectors.profiles.waitFor(isProfileOf(taskId), 10_000),
    );
    expect(linked.length).toBeGreaterThan(65_536);
    expect(data.profile.objectBytes).toBe(String(linked.length));
    expect(inline).toBeUndefined();
    expect(totalsOf(pprof)).toEqual([2n, 2n * PERIOD]);
  });
});

describe("message by message", () => {
  let world: StillWorld;
  let collector: RecordingCollector;

  beforeAll(async () => {
    world = await startStillWorld();
    collector = await startRecordingCollector(SECRET);
    await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook", events: ["profiles"] }));
  });
  afterAll(async () => {
    await world.stop();
    await collector.close();
  });

  /** A reported task and one profile of it, as messages that nobody has seen yet. */
  async function reportedAndProfiled() {
    const taskId = await report(world, "checkout");
    const [task = ""] = await world.take("tasks", 1);
    await send(world, flushOf(taskId, [onCpu(3, "main")]));
    const [profile = ""] = await world.take("tasks", 1);
    return { taskId, task, profile };
  }

  async function recordOf(taskId: string): Promise<ProfileRecord> {
    const [record, ...others] = await world.services.profileStore.list(taskId);
    if (record === undefined || others.length > 0) throw new Error("there is not exactly one record");
    return record;
  }

  const receivedOf = (taskId: string): Received[] => collector.received.filter(isProfileOf(taskId));

  it("a profile whose message comes again is recorded once, and not sent again once it is delivered", async () => {
    const { taskId, task, profile } = await reportedAndProfiled();
    expect(await world.handle("tasks", [task])).toEqual([]);
    expect(await world.handle("tasks", [profile])).toEqual([]);
    expect(await world.handle("tasks", [profile])).toEqual([]);
    const deliveries = await world.take("deliveries", 2);
    expect(await world.handle("deliveries", deliveries)).toEqual([]);
    const record = await recordOf(taskId);
    expect(record.deliveries.hook?.status).toBe("delivered");
    const ids = receivedOf(taskId).map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids)).toEqual(new Set([record.profile.profileId])); // twice by the same id: known to be the same

    expect(await world.handle("tasks", [profile, task, profile])).toEqual([]);
    expect(await world.take("deliveries", 0)).toEqual([]);
    expect(await recordOf(taskId)).toEqual(record);
  });

  it("a profile that overtakes its task's report waits apart, and is delivered once the task is recorded", async () => {
    const before = await world.counted("flashpoint_profiles_apart_total");
    const { taskId, task, profile } = await reportedAndProfiled();
    expect(await world.handle("tasks", [profile])).toEqual([]);
    expect(await recordOf(taskId)).toMatchObject({ isApart: true, deliveries: {} });
    expect(await world.counted("flashpoint_profiles_apart_total")).toBe(before + 1);
    expect(await world.take("deliveries", 0)).toEqual([]);

    expect(await world.handle("tasks", [task])).toEqual([]);
    expect(await recordOf(taskId)).toMatchObject({ isApart: false, deliveries: { hook: { status: "pending" } } });
    const deliveries = await world.take("deliveries", 1);
    expect(await world.handle("deliveries", deliveries)).toEqual([]);
    expect((await recordOf(taskId)).deliveries.hook).toMatchObject({ status: "delivered", attempts: 1 });
    const [event, ...others] = await Promise.all(receivedOf(taskId).map(arrived));
    expect(others).toEqual([]);
    expect(event?.data.task.serviceName).toBe("checkout");
    expect(event && totalsOf(event.pprof)).toEqual([3n, 3n * PERIOD]);

    expect(await world.handle("tasks", [profile, task])).toEqual([]); // either may come again
    expect(await world.take("deliveries", 0)).toEqual([]);
  });

  it.each([
    ["of another backend", "0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000001"],
    ["that is a way through folders", "../../tasks", /^sha256-[0-9a-f]{64}$/],
    ["of dots", "..", /^sha256-[0-9a-f]{64}$/],
    ["of 256 letters", "x".repeat(256), /^sha256-[0-9a-f]{64}$/],
    ["of 256 bytes that no folder can be named", "ü".repeat(128), /^sha256-[0-9a-f]{64}$/],
    ["with everything in it", "a/b ?&#%+日🔥'\u0000\n", /^sha256-[0-9a-f]{64}$/],
  ])("a profile of a task id %s is accepted and kept apart, for nobody", async (_what, taskId, folder) => {
    const before = await world.counted("flashpoint_profiles_apart_total");
    await send(world, flushOf(taskId, [onCpu(3, "main")], { processId: "nobody" }));
    const messages = await world.take("tasks", 1);
    expect(await world.handle("tasks", messages)).toEqual([]);
    expect(await world.handle("tasks", messages)).toEqual([]); // counted once, however often it comes
    expect(await world.counted("flashpoint_profiles_apart_total")).toBe(before + 1);

    const { profile, deliveries, isApart } = await recordOf(taskId);
    expect({ taskId: profile.taskId, deliveries, isApart }).toEqual({ taskId, deliveries: {}, isApart: true });
    const [top, inside, file, ...deeper] = profile.objectKey.split("/");
    expect([top, inside, file, deeper]).toEqual([
      "unknown-tasks",
      expect.stringMatching(folder),
      expect.anything(),
      [],
    ]);
    expect(await world.bucket.keys()).toContain(profile.objectKey);
    const pprof = readPprof(await world.services.profileStorage.read(profile.objectKey));
    expect(totalsOf(pprof)).toEqual([3n, 3n * PERIOD]);
    expect(pprof.samples[0]?.labels).toEqual({ process_id: "nobody", task: taskId });
    expect(await world.take("deliveries", 0)).toEqual([]);
  });

  it("a profile whose file has expired is dropped, and its record says why", async () => {
    const { taskId, task, profile } = await reportedAndProfiled();
    expect(await world.handle("tasks", [task])).toEqual([]);
    expect(await world.handle("tasks", [profile])).toEqual([]);
    const deliveries = await world.take("deliveries", 1);
    await world.services.profileStorage.delete([(await recordOf(taskId)).profile.objectKey]);
    expect(await world.handle("deliveries", deliveries)).toEqual([]);
    const { hook } = (await recordOf(taskId)).deliveries;
    expect(hook).toMatchObject({ status: "dropped", attempts: 0, lastError: expect.stringContaining("has expired") });
    expect(receivedOf(taskId)).toEqual([]);
  });
});
