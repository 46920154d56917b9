import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AwsClients, createAwsClients } from "../../shared/aws/clients.ts";
import { createQueue } from "../../shared/aws/queue.ts";
import { type QueueId, queueName } from "../../shared/resources.ts";
import { taskReported } from "../support/delivered-events.ts";
import { runDoctor } from "../support/doctor.ts";
import { doorEnvironment } from "../support/door-environment.ts";
import { runProgram } from "../support/server-process.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

const HOUR_MS = 3_600_000;

let world: StillWorld;
let aws: AwsClients;
let env: Record<string, string>;

beforeAll(async () => {
  world = await startStillWorld();
  aws = createAwsClients(world.engines.aws);
  env = doorEnvironment({ server: world });
});
afterAll(async () => {
  aws.destroy();
  await world.stop();
});

/** The line of that name, as `status` shows it, with what stands below it. */
async function statusLine(name: string): Promise<string> {
  const { stdout } = await runProgram(["cli/main.ts", "--local", "status"], { env });
  const [, found] = new RegExp(`^(. ${name} .*(?:\n .*)*)`, "m").exec(stdout) ?? [];
  return (found ?? "").replaceAll(/\s+/g, " ");
}

const doctor = () => runDoctor(["--local", "doctor"], { env });

async function send(queue: QueueId, count: number): Promise<void> {
  const queued = createQueue(aws.sqs, queueName(world.config.stack, queue));
  await queued.sendAll(Array.from({ length: count }, () => ({ body: "{}" })));
}

describe("what nobody works off", { timeout: 60_000 }, () => {
  it("is no trouble of status' nor of doctor's while it is fresh", async () => {
    await pendingTask(5_000);
    expect(await statusLine("deliveries")).toMatch(/^✓ deliveries 1 pending, 0 retrying, oldest \d+ s ago; 0 messages/);
    expect((await doctor()).of("deliveries")).toMatchObject([{ status: "ok" }]);
  });

  it("is a delivery that is pending for hours: both warn, with a command that lists it", async () => {
    const taskId = await pendingTask(9 * HOUR_MS);
    const shown = await statusLine("deliveries");
    expect(shown).toMatch(/^! deliveries 2 pending, 0 retrying, oldest 9 h ago; .* → npx flashpoint --local /);
    const [found] = (await doctor()).of("deliveries");
    expect(found?.status).toBe("warning");
    for (const command of [
      shown.split("npx flashpoint ")[1],
      found?.advice?.slice(1, -1).split("npx flashpoint ")[1],
    ]) {
      const { code, stdout } = await runProgram(["cli/main.ts", ...(command ?? "").split(" ")], { env });
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(taskId) });
    }
  });

  it("is what stays in the queues: both warn", async () => {
    const before = await doctor();
    expect(before.of("queues")).toMatchObject([{ status: "ok" }]);
    expect(await statusLine("tasks")).toMatch(/^✓ tasks .*, 0 queued; /);
    await send("tasks", 40);
    await send("deliveries", 3);
    expect(await statusLine("tasks")).toMatch(
      /^! tasks 40 reports queued and not worked off; .* → npx flashpoint --local doctor$/,
    );
    expect(await statusLine("deliveries")).toMatch(/^! deliveries .*; 3 messages queued and not worked off$/);
    expect((await doctor()).of("queues")).toEqual([
      {
        name: "queues",
        status: "warning",
        detail: "40 messages in tasks, and nobody works them off",
        advice: expect.stringContaining("`npm start`"),
      },
      expect.objectContaining({ detail: "3 messages in deliveries, and nobody works them off" }),
    ]);
  });
});

/** Records a task that was reported so long ago, with a delivery that nobody makes. @returns its id. */
async function pendingTask(agoMs: number): Promise<string> {
  const at = Date.now() - agoMs;
  const taskId = uuidv7({ msecs: at });
  const { task } = taskReported({ taskId, reportedAt: timestampFromMs(at) });
  await world.services.taskStore.record(task, ["hook"]);
  return taskId;
}
