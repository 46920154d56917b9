import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import pLimit from "p-limit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { redriveText } from "../../cli/deliveries/redrive-text.ts";
import { openDeliveriesOf } from "../../shared/deliveries/open-letter.ts";
import { redrive } from "../../shared/deliveries/redrive.ts";
import { createDeliveryRestarter } from "../../shared/deliveries/restart-delivery.ts";
import { readDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { writeTaskMessage } from "../../shared/messages/task-message.ts";
import { queueName } from "../../shared/resources.ts";
import { type Cli, cliOf, steersTerminal } from "../support/cli.ts";
import { webhookTo } from "../support/collectors.ts";
import { type DeadLetters, openDeadLetters, recordedProfile, recordedTask } from "../support/dead-letters.ts";
import { taskReported } from "../support/delivered-events.ts";
import { listeningOn } from "../support/listening-on.ts";
import { openSqsQueue, type SqsQueue } from "../support/sqs-queue.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { until } from "../support/until.ts";

let world: StillWorld;
let cli: Cli;
let dead: DeadLetters;
let deliveries: SqsQueue;
let hook: string;
let pager: string;
let count = 0;

beforeAll(async () => {
  world = await startStillWorld();
  cli = cliOf({ server: world });
  dead = openDeadLetters(world.engines.aws, world.config.stack, "deliveries");
  deliveries = await openSqsQueue(world.engines.aws, queueName(world.config.stack, "deliveries"));
});
afterAll(async () => {
  dead.close();
  deliveries.close();
  await world.stop();
});

afterEach(() => dead.purge());

beforeEach(async () => {
  hook = `hook-${++count}`;
  pager = `pager-${count}`;
  for (const name of [hook, pager]) {
    await world.services.collectorStore.put(webhookTo("http://127.0.0.1:9/", { name }));
  }
});

/** A letter of a delivery that is recorded as dead. */
async function deadDelivery(collector: string, reason = `collector ${collector}: answered 400: no`) {
  const { taskId, body } = await recordedTask(world.services, { collectors: [collector] });
  await world.services.taskStore.recordAttempt(taskId, collector, { status: "dead", lastError: "answered 400: no" });
  await dead.put(body(collector), reason);
  return { taskId, body: body(collector) };
}

/** Makes many, a few at a time. */
const times = <T>(length: number, make: () => Promise<T>): Promise<T[]> => {
  const inTurn = pLimit(8);
  return Promise.all(Array.from({ length }, () => inTurn(make)));
};
const bodiesOf = (letters: readonly { body: string }[]): string[] => letters.map(({ body }) => body).sort();
const recordsOf = (letters: readonly { taskId: string }[]) =>
  Promise.all(letters.map(({ taskId }) => world.services.taskStore.get(taskId)));

async function redriven(...args: string[]) {
  const { code, stdout, stderr } = await cli(["--json", "deliveries", "redrive", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

/** A redrive that is in the middle of its work once `hasBegun` holds. */
async function stopInTheMiddle(signal: NodeJS.Signals, hasBegun: () => Promise<boolean>) {
  const { dynamodbEndpoint, sqsEndpoint } = world.engines.aws;
  const child = spawn(process.execPath, ["cli/main.ts", "--local", "deliveries", "redrive", "--collector", hook], {
    env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint, AWS_ENDPOINT_URL_SQS: sqsEndpoint },
  });
  let stdout = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  const ended = once(child, "close");
  await until("the redrive is in the middle", async () => ((await hasBegun()) ? true : undefined));
  expect(child.exitCode).toBeNull();
  child.kill(signal);
  await ended;
  return { code: child.exitCode, stdout };
}

/** The queues as they are, of which each says after so many receives that there is nothing. @returns the address. */
async function givingOut(batches: number): Promise<string> {
  let receives = 0;
  const server = http.createServer((request, response) => {
    const { method, url, headers } = request;
    if (headers["x-amz-target"] === "AmazonSQS.ReceiveMessage" && ++receives > batches) {
      request.resume();
      response.setHeader("content-type", "application/x-amz-json-1.0").end("{}");
      return;
    }
    const onward = http.request(new URL(url ?? "/", world.engines.aws.sqsEndpoint), { method, headers }, (answer) => {
      answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
    });
    request.pipe(onward);
  });
  return `http://127.0.0.1:${await listeningOn(server)}`;
}

describe("deliveries redrive --collector", () => {
  it("sends a collector's letters with the event ids of before, counted anew, and leaves all others", async () => {
    const ours = await times(23, () => deadDelivery(hook));
    const theirs = await times(14, () => deadDelivery(pager));
    const { taskId } = ours[0] ?? { taskId: "" };
    const profile = await recordedProfile(world.services, taskId, [hook]);
    await dead.put(profile.body(hook), "answered 400");
    for (const junk of [`junk for ${hook}`, "{}"]) await dead.put(junk, "message cannot be read");

    expect(await redriven("--collector", hook)).toMatchObject({ sent: 24, alreadyDelivered: 0, unreadable: 2 });

    const sent = await world.take("deliveries", 24);
    expect(sent.sort()).toEqual([...bodiesOf(ours), profile.body(hook)].sort());
    const ids = sent.map((body) => readDeliveryMessage(body).eventId);
    expect(new Set(ids)).toEqual(new Set([...ours.map(({ taskId }) => taskId), profile.profileId]));
    for (const record of await recordsOf(ours)) {
      expect(record?.deliveries[hook]).toEqual({ status: "pending", attempts: 0, at: expect.any(String) });
    }
    for (const record of await recordsOf(theirs)) {
      expect(record?.deliveries[pager]).toMatchObject({ status: "dead", attempts: 1, lastError: "answered 400: no" });
    }
    // Shown again within a second, not when their time would be up.
    const lying = await dead.lying(16);
    expect([...lying.keys()].sort()).toEqual([...bodiesOf(theirs), `junk for ${hook}`, "{}"].sort());
    expect(lying.get(theirs[0]?.body ?? "")?.reason).toBe(`collector ${pager}: answered 400: no`);
    expect(lying.get("{}")?.reason).toBe("message cannot be read");
  });

  it("deletes the letter of a delivery that was made meanwhile, and sends one whose record has expired", async () => {
    const done = await deadDelivery(hook);
    await world.services.taskStore.recordAttempt(done.taskId, hook, { status: "delivered" });
    const { body } = await deadDelivery(hook);
    const unrecorded = body.replaceAll(readDeliveryMessage(body).eventId, "01900000-0000-7000-8000-00000000dead");
    await dead.put(unrecorded, "answered 400");
    expect(await redriven("--collector", hook)).toMatchObject({ sent: 2, alreadyDelivered: 1 });
    expect((await world.take("deliveries", 2)).sort()).toEqual([body, unrecorded].sort());
    expect(await deliveries.count()).toBe(0);
    expect(await redriven("--collector", hook)).toMatchObject({ looked: 0, sent: 0, alreadyDelivered: 0 });
  });

  it("with --dry-run says what would be sent and why, and changes nothing", async () => {
    const ours = await times(5, () => deadDelivery(hook));
    const evil = await deadDelivery(hook, "answered 500: \u001b[2J");
    const done = await deadDelivery(hook);
    await world.services.taskStore.recordAttempt(done.taskId, hook, { status: "delivered" });
    const many = await times(10, () => deadDelivery(hook, `reason ${Math.random()}`));
    const all = [...ours, evil, done, ...many];
    const records = await recordsOf(all);

    const { code, stdout } = await cli(["deliveries", "redrive", "--collector", hook, "--dry-run"]);
    expect(code).toBe(0);
    expect(steersTerminal(stdout)).toBe(false);
    expect(stdout).toMatch(
      new RegExp(`^16 deliveries to ${hook} would be sent again, put there from \\S+Z to \\S+Z$`, "m"),
    );
    expect(stdout).toContain(`  5 × collector ${hook}: answered 400: no\n`);
    expect(stdout.match(/^ {2}\d+ × /gm)).toHaveLength(10);
    expect(stdout).toContain("\n  and 2 more reasons\n");
    expect(stdout).toContain("1 would be deleted: already delivered");

    const lying = await dead.lying(all.length);
    expect([...lying.keys()].sort()).toEqual(bodiesOf(all));
    expect(await recordsOf(all)).toEqual(records);
    expect(await deliveries.count()).toBe(0);

    await dead.shown(all.length);
    const asJson = await redriven("--collector", hook, "--dry-run");
    const sentAt = all.map(({ body }) => lying.get(body)?.sentAt ?? 0);
    const without = sentAt.filter((_, index) => all[index] !== done);
    expect(asJson).toMatchObject({
      ...{ collector: hook, isDryRun: true, sent: 16, alreadyDelivered: 1 },
      oldest: new Date(Math.min(...without)).toISOString(),
      newest: new Date(Math.max(...without)).toISOString(),
      reasons: expect.arrayContaining([{ reason: "answered 500: \ufffd[2J", count: 1 }]),
    });
  });

  it("with --since leaves older letters", async () => {
    const old = await deadDelivery(hook);
    const oldAt = (await dead.lying(1)).get(old.body)?.sentAt ?? 0;
    await until("the clock goes on", () => (Date.now() > oldAt + 1 ? true : undefined));
    const since = new Date().toISOString();
    const young = await deadDelivery(hook);
    await dead.shown(2);
    const { stdout } = await cli(["deliveries", "redrive", "--collector", hook, "--dry-run", "--since", since]);
    expect(stdout).toContain("1 left as they are: of other collectors, older or one more of the same event\n");
    await dead.shown(2);
    expect(await redriven("--collector", hook, "--since", since)).toMatchObject({ sent: 1, others: 1 });
    expect(await world.take("deliveries", 1)).toEqual([young.body]);
    await dead.shown(1);
    expect(await redriven("--collector", hook, "--since", "1h")).toMatchObject({ sent: 1, others: 0 });
    expect(await world.take("deliveries", 1)).toEqual([old.body]);
  });

  it("tells letters that failed again from others that came meanwhile", async () => {
    const { taskId, body } = await deadDelivery(hook);
    const restarter = createDeliveryRestarter(world.services);
    async function sendAgain(): Promise<void> {
      await dead.put(body, "answered 400 again");
      await deadDelivery(pager);
      await deadDelivery(hook);
    }
    const open = openDeliveriesOf(hook, { restarter, queue: { sendAgain } });
    const report = await redrive({ letters: dead.reader, open, startedAt: Date.now() });
    expect(report).toMatchObject({ looked: 1, sent: 1, late: 3, failedAgain: 1 });
    expect((await world.services.taskStore.get(taskId))?.deliveries[hook]?.attempts).toBe(0);
    const commandLine = (...words: string[]) => words.join(" ");
    const asked = { isDryRun: false, isSince: false, collector: hook, commandLine };
    expect(redriveText(report, asked).split("\n").slice(1)).toEqual([
      `1 failed again and stay; \`collectors test ${hook}\` shows how it does`,
      "2 came meanwhile and stay; run this again to go on",
    ]);
    const left = (options: object) => redriveText({ ...report, others: 2 }, { ...asked, ...options }).split("\n")[1];
    expect(left({})).toBe("2 left as they are: of other collectors or one more of the same event");
    expect(left({ collector: undefined, isSince: true })).toBe(
      "2 left as they are: older or one more of the same event",
    );
  });

  it("says that letters are hidden, and for how long", async () => {
    await times(3, () => deadDelivery(hook));
    const held = await dead.reader.receive(60);
    expect(held).toHaveLength(3);
    const { stdout } = await cli(["deliveries", "redrive", "--collector", hook]);
    expect(stdout).toMatch(
      /^about 3 are hidden: .*; they show again within about \d+ s; run this again to go on then$/m,
    );
    expect(stdout).toContain(`0 deliveries to ${hook} sent again`);
  });

  it("says that it is not finished if the queue does not give all out, and fails", async () => {
    await times(25, () => deadDelivery(pager));
    const sqsEndpoint = await givingOut(2);
    const limited = cliOf({ server: { engines: { ...world.engines, aws: { ...world.engines.aws, sqsEndpoint } } } });
    const { code, stdout } = await limited(["deliveries", "redrive", "--collector", hook]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^not finished: about 5 letters were not looked at; run this again to go on$/m);
    await dead.shown(25);
    const asJson = await cli(["--json", "deliveries", "redrive", "--collector", hook, "--dry-run"]);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ looked: 25, notLooked: 0 });
    expect(asJson.code).toBe(0);
  });

  it("killed in the middle loses nothing, and the next runs go on with the rest", { timeout: 90_000 }, async () => {
    const theirs = await times(10, () => deadDelivery(pager)); // received first, and in hand all the time
    const ours = await times(150, () => deadDelivery(hook));
    await stopInTheMiddle("SIGKILL", async () => (await deliveries.count()) > 0);
    const sentBefore = await deliveries.count();
    expect(sentBefore).toBeLessThan(150);
    const { hidden, hiddenForSeconds, isStopped } = await redriven("--collector", hook);
    expect({ isStopped, isHidden: hidden > 0 }).toEqual({ isStopped: false, isHidden: true });
    expect(hiddenForSeconds).toBeLessThanOrEqual(30);
    const rest = await until(
      "no letter is hidden any more",
      async () => {
        const report = await redriven("--collector", hook);
        return report.hidden === 0 && report.looked > 0 && report.sent === 0 ? report : undefined;
      },
      60_000,
    );
    expect(rest.others).toBe(10);
    const total = await deliveries.count();
    const sent = await world.take("deliveries", total);
    expect([...new Set(sent)].sort()).toEqual(bodiesOf(ours));
    expect(sent.length - ours.length).toBeLessThanOrEqual(10); // a batch was in hand
    const lying = await dead.lying(10);
    expect([...lying.keys()].sort()).toEqual(bodiesOf(theirs));
  });

  it("stopped by Ctrl-C says so and shows what it held at once", async () => {
    const ours = await times(150, () => deadDelivery(hook));
    await times(10, () => deadDelivery(pager));
    const { code, stdout } = await stopInTheMiddle("SIGINT", async () => (await deliveries.count()) > 0);
    const endedAt = performance.now();
    expect(code).toBe(130);
    expect(stdout).toMatch(/^stopped after \d+ of about 160 letters; run this again to go on$/m);
    const sent = await deliveries.count();
    expect(stdout).toContain(`${sent} deliveries to ${hook} sent again`);
    expect(sent).toBeLessThan(150);
    await dead.shown(160 - sent);
    expect(performance.now() - endedAt).toBeLessThan(5_000); // hidden for 20 s and more otherwise
    const rest = await redriven("--collector", hook);
    expect(rest.sent).toBe(150 - sent);
    expect((await world.take("deliveries", 150)).sort()).toEqual(bodiesOf(ours));
  });
});

describe("deliveries redrive refuses", () => {
  it.each([
    ["neither a collector nor --reports", [], "it takes --collector NAME, or --reports"],
    [
      "both",
      ["--reports", "--collector", "hook"],
      "option '--reports' cannot be used with option '--collector <name>'",
    ],
    ["an age without a unit", ["--collector", "hook", "--since", "5"], "It takes an age like 30s, 15m, 12h or 5d"],
    ["a day that never was", ["--collector", "hook", "--since", "2026-02-30"], "It takes an age like"],
  ])("%s, as wrong usage", async (_what, args, message) => {
    const { code, stdout, stderr } = await cli(["deliveries", "redrive", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("a collector that is not there", async () => {
    const { code, stderr } = await cli(["deliveries", "redrive", "--collector", "nobody"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "flashpoint: there is no collector named nobody\n" });
  });

  it("a collector that is paused, and touches nothing", async () => {
    const { taskId } = await deadDelivery(hook);
    await world.services.collectorHealth.pause(hook, "moves house");
    const { code, stdout, stderr } = await cli(["deliveries", "redrive", "--collector", hook]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("moves house");
    expect(stderr).toContain(`resume it first: \`npx flashpoint --local collectors resume ${hook}\``);
    expect((await world.services.taskStore.get(taskId))?.deliveries[hook]?.status).toBe("dead");
    await dead.shown(1);

    const dry = ["deliveries", "redrive", "--collector", hook, "--dry-run"];
    const counted = await cli(dry);
    expect(counted.code).toBe(0);
    expect(counted.stdout).toMatch(
      new RegExp(
        `^1 delivery to ${hook} would be sent again, .*\n[^]*^${hook} is paused since \\S+Z: moves house\n` +
          `resume it first: \`npx flashpoint --local collectors resume ${hook}\`\n$`,
        "m",
      ),
    );
    await dead.shown(1);
    expect(JSON.parse((await cli(["--json", ...dry])).stdout)).toMatchObject({
      ...{ sent: 1, isDryRun: true, paused: { reason: "moves house" } },
    });
    expect((await world.services.taskStore.get(taskId))?.deliveries[hook]?.status).toBe("dead");
    await dead.shown(1);
    await world.services.collectorHealth.resume(hook);
    expect(await redriven("--collector", hook)).toMatchObject({ sent: 1 });
    await world.take("deliveries", 1);
  });
});

describe("deliveries redrive --reports", () => {
  it("sends reports and profiles that could not be dispatched to the dispatcher again, and leaves junk", async () => {
    const deadTasks = openDeadLetters(world.engines.aws, world.config.stack, "tasks");
    const { task } = taskReported({ taskId: "01900000-0000-7000-8000-00000000cafe" });
    const report = writeTaskMessage({ case: "taskReported", value: task });
    for (const body of [report, "junk"]) await deadTasks.put(body, "because");
    expect(await redriven("--reports", "--dry-run")).toMatchObject({ reports: true, sent: 1, unreadable: 1 });
    await deadTasks.shown(2);
    expect(await redriven("--reports")).toMatchObject({ reports: true, sent: 1, unreadable: 1 });
    const again = await world.take("tasks", 1);
    expect(again).toEqual([report]);
    expect(await world.handle("tasks", again)).toEqual([]);
    expect((await world.services.taskStore.get(task.taskId))?.task.serviceName).toBe("checkout");
    expect([...(await deadTasks.lying(1)).keys()]).toEqual(["junk"]);
    deadTasks.close();
  });
});
