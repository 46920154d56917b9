import { afterAll, beforeAll, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { cliOf } from "../support/cli.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { type DeadLetters, openDeadLetters } from "../support/dead-letters.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let collector: RecordingCollector;
let dead: DeadLetters;
let status = 503;

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_RETRY_SCHEDULE: "1" });
  collector = await startRecordingCollector(SECRET, () => ({ status }));
  dead = openDeadLetters(world.server.engines.aws, world.config.stack, "deliveries");
  await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook" }));
});
afterAll(async () => {
  dead.close();
  await world.stop();
  await collector.close();
});

async function reported(): Promise<string> {
  return taskIdIn(await world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, goodReport()));
}

/** Waits until the task's delivery stands so. */
function delivery(taskId: string, wanted: string) {
  return until(`the delivery is ${wanted}`, async () => {
    const recorded = (await world.services.taskStore.get(taskId))?.deliveries.hook;
    return recorded?.status === wanted ? recorded : undefined;
  });
}

it("a letter whose attempts were used up has them all again after a redrive, under its event's id", async () => {
  const cli = cliOf(world);
  const taskId = await reported();
  expect(await delivery(taskId, "dead")).toMatchObject({ attempts: 2 });
  await dead.shown(1);

  // Still broken: it comes back as a new letter after two more attempts, and the redrive ends all the same.
  expect((await cli(["deliveries", "redrive", "--collector", "hook"])).stdout).toBe("1 delivery to hook sent again\n");
  await until("it was tried twice more", () => (collector.received.length === 4 ? true : undefined));
  expect(await delivery(taskId, "dead")).toMatchObject({ attempts: 2 });
  await dead.shown(1);

  status = 204;
  await cli(["deliveries", "redrive", "--collector", "hook"]);
  expect(await delivery(taskId, "delivered")).toMatchObject({ attempts: 1 });
  expect(collector.received.map(({ headers }) => headers["webhook-id"])).toEqual(Array(5).fill(taskId));
  expect(collector.received.every(({ verified }) => verified)).toBe(true);
  await dead.shown(0);
});

it("a delivery that is retried is delivered at once, and its letter then has nothing left to do", async () => {
  const cli = cliOf(world);
  status = 400;
  const taskId = await reported();
  await delivery(taskId, "dead");
  await dead.shown(1);
  status = 204;
  expect((await cli(["deliveries", "retry", taskId])).code).toBe(0);
  await delivery(taskId, "delivered");
  const calls = collector.received.length;
  const { stdout } = await cli(["--json", "deliveries", "redrive", "--collector", "hook"]);
  expect(JSON.parse(stdout)).toMatchObject({ sent: 0, alreadyDelivered: 1 });
  await dead.shown(0);
  expect(collector.received).toHaveLength(calls);
});
