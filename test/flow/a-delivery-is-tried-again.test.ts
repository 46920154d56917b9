import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Answer,
  type RecordingCollector,
  startRecordingCollector,
} from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { writeDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { deadLetterQueueName, queueName } from "../../shared/resources.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { recordedDelivery } from "../support/recorded-delivery.ts";
import { sqsEvent } from "../support/sqs-event.ts";
import { openSqsQueue, type SqsQueue } from "../support/sqs-queue.ts";
import { flushOf, onCpu } from "../support/stacks.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

/** Three more attempts, about a second apart. */
const SCHEDULE = "1,1,1";
/** Clocks and requests are not exact to the millisecond. */
const SLACK_MS = 50;
const PATIENCE_MS = 25_000;

const NOT_NOW: Answer = { status: 503, body: "not now" };
const TAKEN: Answer = { status: 204 };
/** Leaves the sender without an answer. */
const NEVER = "never";
type Planned = Answer | (() => Answer) | typeof NEVER;

let world: World;
let collector: RecordingCollector;
let proxy: SwitchableProxy;
let deadLetters: SqsQueue;
let deadTasks: SqsQueue;
let tasks: SqsQueue;
let deliveries: SqsQueue;

/** By service: what the collector answers, one after the other, the last one for good. */
const answers = new Map<string, Planned[]>();
/** By webhook-id. */
const arrivals = new Map<string, { atMs: number; eventId: string }[]>();

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_RETRY_SCHEDULE: SCHEDULE });
  collector = await startRecordingCollector(SECRET, ({ headers, body }) => {
    const { id, subject } = JSON.parse(body) as { id: string; subject: string };
    const arrived = arrivals.get(headers["webhook-id"] ?? "") ?? [];
    arrivals.set(headers["webhook-id"] ?? "", [...arrived, { atMs: performance.now(), eventId: id }]);
    const planned = answers.get(subject) ?? [TAKEN];
    const answer = planned[Math.min(arrived.length, planned.length - 1)] ?? TAKEN;
    if (answer === NEVER) return new Promise<never>(() => {});
    return typeof answer === "function" ? answer() : answer;
  });
  proxy = await startSwitchableProxy(collector.listening.port);
  const { aws } = world.server.engines;
  const { stack } = world.config;
  tasks = await openSqsQueue(aws, queueName(stack, "tasks"));
  deliveries = await openSqsQueue(aws, queueName(stack, "deliveries"));
  deadTasks = await openSqsQueue(aws, deadLetterQueueName(stack, "tasks"));
  deadLetters = await openSqsQueue(aws, deadLetterQueueName(stack, "deliveries"));
  const { collectorStore } = world.services;
  await collectorStore.put(webhookTo(collector.url, { name: "hook", services: ["hook-*"] }));
  await collectorStore.put(webhookTo(collector.url, { name: "closing", services: ["closing-*"] }));
  await collectorStore.put(
    webhookTo(collector.url, { name: "profiles", services: ["flames-*"], events: ["profiles"] }),
  );
  await collectorStore.put(webhookTo(`http://127.0.0.1:${proxy.port}/`, { name: "far", services: ["far-*"] }));
});
afterAll(async () => {
  await collector.close(); // ends what hangs
  for (const queue of [tasks, deliveries, deadTasks, deadLetters]) queue.close();
  await world.stop();
  await proxy.close();
});

/** Reports a task of a service whose collector answers like this. @returns its id. */
async function report(serviceName: string, ...planned: Planned[]): Promise<string> {
  answers.set(serviceName, planned);
  const { reportProfilingTask } = ContinuousProfilingService.method;
  return taskIdIn(await world.grpc.call(reportProfilingTask, goodReport(serviceName)));
}

/** The record of a task's delivery, once it has that status. */
const deliveryOf = (taskId: string, collector: string, status: string) =>
  recordedDelivery(world.services, { taskId, collector, status, timeoutMs: PATIENCE_MS });

const deadLetterOf = (id: string) => deadLetters.find(`a dead letter of ${id}`, ({ body }) => body.includes(id));
const isDeadLetter = async (id: string): Promise<boolean> =>
  (await deadLetters.look()).some(({ body }) => body.includes(id));

/** Milliseconds between arrivals. */
function gapsOf(id: string): number[] {
  const times = (arrivals.get(id) ?? []).map(({ atMs }) => atMs);
  return times.slice(1).map((at, index) => at - (times[index] ?? Number.NaN));
}

describe.concurrent("a delivery", () => {
  test("comes again until it is taken, with the same ids each time", async () => {
    const taskId = await report("hook-busy", NOT_NOW, NOT_NOW, TAKEN);
    const delivery = await deliveryOf(taskId, "hook", "delivered");
    expect(delivery).toMatchObject({ attempts: 3 });
    expect(delivery.lastError).toBeUndefined();
    expect(arrivals.get(taskId)?.map(({ eventId }) => eventId)).toEqual([taskId, taskId, taskId]);
    for (const gap of gapsOf(taskId)) expect(gap).toBeGreaterThanOrEqual(1_000 - SLACK_MS);
    expect(await isDeadLetter(taskId)).toBe(false);
  });

  test("says while it waits that it is tried again, and why", async () => {
    const taskId = await report("hook-waiting", NOT_NOW, NOT_NOW, NOT_NOW, TAKEN);
    expect(await deliveryOf(taskId, "hook", "retrying")).toMatchObject({ lastError: "answered 503: not now" });
    await deliveryOf(taskId, "hook", "delivered");
  });

  test.for([
    ["seconds", (): string => "3"],
    ["a date", (): string => new Date(Date.now() + 4_000).toUTCString()], // cut to the second
  ] as const)("waits as long as the collector asks for in %s", async ([form, header]) => {
    const limited = (): Answer => ({ status: 429, headers: { "retry-after": header() } });
    const taskId = await report(`hook-limited-${form}`, limited, TAKEN);
    expect(await deliveryOf(taskId, "hook", "delivered")).toMatchObject({ attempts: 2 });
    expect(gapsOf(taskId)[0]).toBeGreaterThanOrEqual(3_000 - SLACK_MS);
  });

  test.for([
    [400, "bad event", ""],
    [307, "elsewhere", "; redirects are not followed"],
  ] as const)(
    "that is answered with %i is not tried again; it lies in the dead letters, with the reason",
    async ([status, body, more]) => {
      const reason = `answered ${status}: ${body}${more}`;
      const taskId = await report(`hook-${status}`, { status, body, headers: { location: "/", "retry-after": "1" } });
      expect(await deliveryOf(taskId, "hook", "dead")).toMatchObject({ attempts: 1, lastError: reason });
      const letter = await deadLetterOf(taskId);
      expect(letter.reason).toBe(`collector hook: ${reason}`);
      const { task } = (await world.services.taskStore.get(taskId)) ?? {};
      if (task === undefined) throw new Error("no record");
      expect(letter.body).toBe(writeDeliveryMessage({ case: "taskReported", value: task }, "hook"));
      expect(arrivals.get(taskId)).toHaveLength(1);
    },
  );

  test("that is answered with 410 pauses its collector; after the operator resumed it, what lay there is delivered", async () => {
    const answered = "answered 410: closed down";
    const first = await report("closing-shop", { status: 410, body: "closed down" }, TAKEN);
    expect(await deliveryOf(first, "closing", "dead")).toMatchObject({ attempts: 1, lastError: answered });
    const paused = await until("the collector is paused", async () => {
      return (await world.services.collectorStore.get("closing"))?.health.paused;
    });
    expect(paused.reason).toBe(answered);
    expect(world.log.filter(({ level, collector: name }) => level === "error" && name === "closing")).toMatchObject([
      { reason: answered },
    ]);

    const second = await report("closing-bar");
    const lastError = `the collector is paused: ${answered}`;
    expect(await deliveryOf(second, "closing", "dead")).toMatchObject({ attempts: 0, lastError });
    expect(await deadLetterOf(second)).toMatchObject({ reason: `collector closing: ${lastError}` });
    expect(arrivals.get(second)).toBeUndefined();

    await world.services.collectorHealth.resume("closing");
    for (const taskId of [first, second]) {
      const { body } = await deadLetters.take("the dead letter", (letter) => letter.body.includes(taskId));
      expect(await world.services.taskStore.restartDelivery(taskId, "closing")).toBe(true);
      await deliveries.send(body);
      const delivery = await deliveryOf(taskId, "closing", "delivered");
      expect(delivery).toMatchObject({ attempts: 1 });
      expect(delivery.lastError).toBeUndefined();
    }
    expect(arrivals.get(first)).toHaveLength(2);
    expect(arrivals.get(second)).toHaveLength(1);
  });

  test("is given up after the schedule's last attempt, and lies in the dead letters", async () => {
    const taskId = await report("hook-down", NOT_NOW);
    const lastError = "gave up after 4 attempts: answered 503: not now";
    expect(await deliveryOf(taskId, "hook", "dead")).toMatchObject({ attempts: 4, lastError });
    expect(await deadLetterOf(taskId)).toMatchObject({ reason: `collector hook: ${lastError}` });
    expect(arrivals.get(taskId)?.map(({ eventId }) => eventId)).toEqual([taskId, taskId, taskId, taskId]);
  });

  test("that went to the dead letters is delivered once it is put back and the collector takes it", async () => {
    const taskId = await report("hook-mended", { status: 401 }, TAKEN);
    await deliveryOf(taskId, "hook", "dead");
    const { body } = await deadLetters.take("the dead letter", (letter) => letter.body.includes(taskId));
    await deliveries.send(body);
    const delivery = await deliveryOf(taskId, "hook", "delivered");
    expect(delivery).toMatchObject({ attempts: 2 });
    expect(delivery.lastError).toBeUndefined();
  });

  test("comes again if no answer comes", async () => {
    const taskId = await report("hook-silent", NEVER, TAKEN);
    expect(await deliveryOf(taskId, "hook", "retrying")).toMatchObject({ lastError: "no answer within 10000 ms" });
    expect(await deliveryOf(taskId, "hook", "delivered")).toMatchObject({ attempts: 2 });
  });

  test("comes again if the connection is reset", async () => {
    proxy.set("refuse");
    const taskId = await report("far-reset");
    const { lastError } = await deliveryOf(taskId, "far", "retrying");
    expect(lastError).toBeTruthy();
    proxy.set("pass");
    const { attempts } = await deliveryOf(taskId, "far", "delivered");
    expect(attempts).toBeGreaterThan(1);
    expect(arrivals.get(taskId)).toHaveLength(1);
  });

  test("of a profile comes again like that of a task, with the profile's id", async () => {
    const taskId = await report("flames-busy", NOT_NOW, NOT_NOW, TAKEN);
    await world.grpc.stream(EBPFProfilingService.method.collectProfilingData, flushOf(taskId, [onCpu(1, "main")]));
    const profile = await until(
      "the profile is delivered",
      async () => {
        const [record] = await world.services.profileStore.list(taskId);
        return record?.deliveries.profiles?.status === "delivered" ? record : undefined;
      },
      PATIENCE_MS,
    );
    const { profileId } = profile.profile;
    expect(profile.deliveries.profiles).toMatchObject({ attempts: 3 });
    expect(arrivals.get(profileId)?.map(({ eventId }) => eventId)).toEqual([profileId, profileId, profileId]);
  });

  test("that is noted as delivered is not sent again, however often its message comes", async () => {
    const taskId = await report("hook-once", TAKEN);
    await deliveryOf(taskId, "hook", "delivered");
    const { task } = (await world.services.taskStore.get(taskId)) ?? {};
    if (task === undefined) throw new Error("no record");
    const again = sqsEvent([writeDeliveryMessage({ case: "taskReported", value: task }, "hook")]);
    for (let times = 0; times < 2; times++) {
      expect(await world.services.handlers.deliveries(again)).toEqual({ batchItemFailures: [] });
    }
    expect(arrivals.get(taskId)).toHaveLength(1);
    expect(await deliveryOf(taskId, "hook", "delivered")).toMatchObject({ attempts: 1 });
  });

  test("of a profile that is noted as delivered is not sent again either", async () => {
    const taskId = await report("flames-once", TAKEN);
    await world.grpc.stream(EBPFProfilingService.method.collectProfilingData, flushOf(taskId, [onCpu(1, "main")]));
    const { profile } = await until("the profile is delivered", async () => {
      const [record] = await world.services.profileStore.list(taskId);
      return record?.deliveries.profiles?.status === "delivered" ? record : undefined;
    });
    const { task } = (await world.services.taskStore.get(taskId)) ?? {};
    if (task === undefined) throw new Error("no record");
    const event = { $typeName: "flashpoint.v1.TaskProfile" as const, task, profile };
    const again = sqsEvent([writeDeliveryMessage({ case: "profileCollected", value: event }, "profiles")]);
    expect(await world.services.handlers.deliveries(again)).toEqual({ batchItemFailures: [] });
    expect(arrivals.get(profile.profileId)).toHaveLength(1);
  });
});

describe.concurrent("a message that cannot be read", () => {
  test.for([
    ["tasks", "no JSON", "of no kind  ü\t€"],
    ["tasks", "of a later version", '{"version":2,"taskReported":{"taskId":"t"}}'],
    ["tasks", "without an event", '{"version":1}'],
    ["deliveries", "no JSON", "of no kind  ü\t€"],
    [
      "deliveries",
      "of a later version",
      '{"version":2,"collector":"hook","eventId":"t","taskReported":{"taskId":"t"}}',
    ],
    ["deliveries", "without an event", '{"version":1,"collector":"hook","eventId":"t"}'],
    ["deliveries", "of no profile", '{"version":1,"collector":"hook","eventId":"p","profileCollected":{}}'],
  ] as const)("of the queue %s, %s, lies in the dead letters as it came", async ([id, _, body]) => {
    const [queue, dead] = id === "tasks" ? [tasks, deadTasks] : [deliveries, deadLetters];
    await queue.send(body);
    const letter = await dead.find("the dead letter", (found) => found.body === body);
    expect(letter.reason).toMatch(/^message (cannot be read: .|holds no profile)/);
  });
});
