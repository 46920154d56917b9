import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type DeliveryQuery, readDeliveryRows } from "../../cli/deliveries/delivery-row.ts";
import type { Attempt } from "../../shared/deliveries/delivery.ts";
import { queueName } from "../../shared/resources.ts";
import { type Cli, cliOf, steersTerminal } from "../support/cli.ts";
import { webhookTo } from "../support/collectors.ts";
import { recordedProfile, recordedTask } from "../support/dead-letters.ts";
import { openSqsQueue, type SqsQueue } from "../support/sqs-queue.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

const REFUSED: Attempt = { status: "dead", lastError: "answered 400: \u001b[2J" };
const LATER: Attempt = { status: "retrying", lastError: "answered 503" };

let world: StillWorld;
let cli: Cli;
let deliveries: SqsQueue;

beforeAll(async () => {
  world = await startStillWorld();
  cli = cliOf({ server: world });
  deliveries = await openSqsQueue(world.engines.aws, queueName(world.config.stack, "deliveries"));
  for (const name of ["hook", "pager", "flames"]) {
    await world.services.collectorStore.put(webhookTo("http://127.0.0.1:9/", { name }));
  }
});
afterAll(async () => {
  deliveries.close();
  await world.stop();
});

describe("deliveries list", () => {
  let older: string;
  let newer: string;
  let profile: string;
  let betweenMs: number;
  const nextAt = new Date(Date.now() + 14_400_000).toISOString();

  beforeAll(async () => {
    const { taskStore, profileStore } = world.services;
    older = (await recordedTask(world.services, { serviceName: "cart", collectors: ["hook"] })).taskId;
    await taskStore.recordAttempt(older, "hook", REFUSED);
    await taskStore.recordAttempt(older, "hook", REFUSED);
    betweenMs = Date.now() + 1;
    while (Date.now() <= betweenMs); // the next millisecond
    newer = (await recordedTask(world.services, { collectors: ["hook", "pager"] })).taskId;
    await taskStore.recordAttempt(newer, "pager", { status: "delivered", remoteId: "incident-7" });
    profile = (await recordedProfile(world.services, newer, ["flames"])).profileId;
    await profileStore.recordAttempt({ taskId: newer, profileId: profile }, "flames", { ...LATER, nextAt });
  });

  async function listed(...args: string[]): Promise<{ eventId: string; collector: string }[]> {
    const { code, stdout, stderr } = await cli(["--json", "deliveries", "list", ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(steersTerminal(stdout)).toBe(false);
    return JSON.parse(stdout).deliveries;
  }

  it("shows where each delivery stands, newest first, and steers no terminal", async () => {
    const { code, stdout } = await cli(["deliveries", "list"]);
    expect(code).toBe(0);
    expect(steersTerminal(stdout)).toBe(false);
    const [headings, ...lines] = stdout.trimEnd().split("\n");
    expect(headings).toMatch(/^EVENT +TASK +SERVICE +COLLECTOR +STATUS +ATTEMPTS +AT +NEXT +REASON$/);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(
      new RegExp(
        `^profile …${profile.slice(-6)} +${newer} +checkout +flames +retrying +1 +\\S+Z +in (3 h 5\\d min|4 h) +answered 503$`,
      ),
    );
    const ofTask = lines.slice(1, 3).sort();
    expect(ofTask[0]).toMatch(new RegExp(`^task +${newer} +checkout +hook +pending +0 +\\S+Z +- +-$`));
    expect(ofTask[1]).toMatch(new RegExp(`^task +${newer} +checkout +pager +delivered +1 +\\S+Z +- +-$`));
    expect(lines[3]).toMatch(
      new RegExp(`^task +${older} +cart +hook +dead +2 +\\S+Z +- +answered 400: \\\\u001b\\[2J$`),
    );
    expect(lines[4]).toBe(
      "hook has dead deliveries: once it is mended, `npx flashpoint --local deliveries redrive --collector hook` sends them again",
    );
  });

  it("prints all fields as JSON", async () => {
    expect(await listed("--collector", "flames")).toEqual([
      {
        ...{ event: "profile", eventId: profile, taskId: newer, profileId: profile, serviceName: "checkout" },
        ...{ collector: "flames", status: "retrying", attempts: 1, lastError: "answered 503", remoteId: null, nextAt },
        at: expect.stringMatching(/Z$/),
      },
    ]);
    expect(await listed("--collector", "pager")).toMatchObject([
      { event: "task", eventId: newer, profileId: null, lastError: null, remoteId: "incident-7", nextAt: null },
    ]);
  });

  it("finds them by collector, status, service and time", async () => {
    const found = async (query: DeliveryQuery) =>
      (await readDeliveryRows(world.services, query, 100)).map(({ eventId, collector }) => `${eventId} ${collector}`);
    expect(await found({ collector: "hook" })).toEqual([`${newer} hook`, `${older} hook`]);
    expect(await found({ statuses: ["dead", "retrying"] })).toEqual([`${profile} flames`, `${older} hook`]);
    expect(await found({ serviceName: "cart" })).toEqual([`${older} hook`]);
    expect(await found({ serviceName: "nobody" })).toEqual([]);
    expect(await found({ sinceMs: betweenMs, collector: "hook" })).toEqual([`${newer} hook`]);
    expect(await found({ sinceMs: betweenMs, serviceName: "cart" })).toEqual([]);

    const since = new Date(betweenMs).toISOString();
    const dead = await listed("--status", "dead", "--status", "retrying", "--service", "cart", "--since", "1h");
    expect(dead).toMatchObject([{ eventId: older }]);
    expect(await listed("--collector", "hook", "--since", since)).toMatchObject([{ eventId: newer }]);
  });

  it("says of a paused collector what to do, also where nothing is listed, and of others only what they need", async () => {
    const { collectorHealth } = world.services;
    await collectorHealth.pause("flames", "answered 410:\n gone");
    const advice =
      "flames is paused (answered 410: gone): `npx flashpoint --local collectors resume flames`, " +
      "then `npx flashpoint --local deliveries redrive --collector flames`\n";
    const { stdout } = await cli(["deliveries", "list", "--status", "retrying"]);
    expect(stdout.split("\n").slice(2).join("\n")).toBe(advice);
    const nothing = await cli(["deliveries", "list", "--collector", "flames", "--status", "dead"]);
    expect(nothing).toMatchObject({ code: 0, stdout: `There is no such delivery.\n${advice}` });
    await collectorHealth.resume("flames");
    expect((await cli(["deliveries", "list", "--collector", "pager"])).stdout.trimEnd().split("\n")).toHaveLength(2);
  });

  it("keeps a long reason in its line, and whole as JSON", async () => {
    const lastError = `answered 500: <html>\r\n\t${"<p>no</p>\n".repeat(40)}`;
    const { taskId } = await recordedTask(world.services, { serviceName: "wordy", collectors: ["pager"] });
    await world.services.taskStore.recordAttempt(taskId, "pager", { status: "dropped", lastError });
    const { stdout } = await cli(["deliveries", "list", "--service", "wordy"]);
    const [, line = "", ...more] = stdout.trimEnd().split("\n");
    expect(more).toEqual([]);
    expect(line).toMatch(/ {2}answered 500: <html> <p>no<\/p> <p>no<\/p> .{0,50}…$/);
    expect(await listed("--service", "wordy")).toMatchObject([{ lastError }]);
  });

  it("fails for a collector that is not there, unless there are deliveries to one of that name", async () => {
    const { code, stdout, stderr } = await cli(["deliveries", "list", "--collector", "hok"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe("flashpoint: there is no collector named hok, nor any delivery to one\n");
    const { taskId } = await recordedTask(world.services, { serviceName: "old", collectors: ["deleted"] });
    await world.services.taskStore.recordAttempt(taskId, "deleted", REFUSED);
    expect(await listed("--collector", "deleted")).toMatchObject([{ eventId: taskId }]);
    expect(await listed("--collector", "deleted", "--status", "pending")).toEqual([]);
    const { stdout: shown } = await cli(["deliveries", "list", "--collector", "deleted"]);
    expect(shown).toContain("\ndeleted was deleted: its dead deliveries can go only to a collector of that name\n");
  });

  it("says when it stopped at its limit, and only then", async () => {
    const { stdout } = await cli(["deliveries", "list", "--limit", "3"]);
    expect(stdout).toMatch(/\nStopped after 3; there are more: --limit shows them\.\n/);
    const all = (await listed()).length;
    expect((await cli(["deliveries", "list", "--limit", String(all)])).stdout).not.toContain("Stopped");
    const asJson = await cli(["--json", "deliveries", "list", "--limit", "3"]);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ isCutOff: true, deliveries: { length: 3 } });
  });

  it("at its greatest limit says how to choose instead", { timeout: 30_000 }, async () => {
    const collectors = Array.from({ length: 1_001 }, (_, number) => `crowd-${number}`);
    for (let made = 0; made < 10; made++) await recordedTask(world.services, { serviceName: "crowded", collectors });
    const args = ["deliveries", "list", "--service", "crowded", "--limit", "10000"];
    expect((await cli(args)).stdout).toContain(
      "\nStopped after 10000; there are more: choose by --collector, --status, --service or --since to see them.\n",
    );
  });

  it.each([
    [["--status", "lost"], "It takes one of pending, retrying, delivered, dead, dropped."],
    [["--since", "soon"], "It takes an age like 30s, 15m, 12h or 5d"],
    [["--limit", "0"], "It takes a whole number from 1 to 10000."],
  ])("refuses %j with what it takes", async (args, message) => {
    const { code, stdout, stderr } = await cli(["deliveries", "list", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});

describe("deliveries retry", () => {
  afterEach(async () => {
    expect(await deliveries.count()).toBe(0); // no test leaves anything, so none was sent that it did not expect
  });

  it("sends what is not delivered of a task and its profiles, each with its event's id, counted anew", async () => {
    const { taskStore, profileStore } = world.services;
    const { taskId, body } = await recordedTask(world.services, { collectors: ["hook", "pager", "flames"] });
    const { profileId, body: profileBody } = await recordedProfile(world.services, taskId, ["hook", "flames"]);
    await taskStore.recordAttempt(taskId, "hook", REFUSED);
    await taskStore.recordAttempt(taskId, "pager", LATER);
    await taskStore.recordAttempt(taskId, "flames", { status: "delivered" });
    await profileStore.recordAttempt({ taskId, profileId }, "flames", { status: "dropped", lastError: "expired" });

    const { code, stdout } = await cli(["deliveries", "retry", taskId]);
    expect(code).toBe(0);
    expect(stdout).toContain(`task ${taskId} to hook is queued\n`);
    expect(stdout).toContain(`task ${taskId} to flames is delivered already\n`);
    expect(stdout).toContain(`profile ${profileId} to flames is queued\n`);
    expect(stdout).toMatch(/^4 queued, 1 left as they are$/m);
    const expected = [body("hook"), body("pager"), profileBody("hook"), profileBody("flames")];
    expect((await world.take("deliveries", 4)).sort()).toEqual(expected.sort());
    const restarted = { status: "pending", attempts: 0, at: expect.any(String) };
    expect((await taskStore.get(taskId))?.deliveries).toEqual({
      hook: restarted,
      pager: restarted,
      flames: { status: "delivered", attempts: 1, at: expect.any(String) },
    });
    const [recorded] = await profileStore.list(taskId);
    expect(recorded?.deliveries).toEqual({ hook: restarted, flames: restarted });
  });

  it("with --collector leaves all others", async () => {
    const { taskId, body } = await recordedTask(world.services, { collectors: ["hook", "pager"] });
    const { code, stdout } = await cli(["--json", "deliveries", "retry", taskId, "--collector", "pager"]);
    expect(code).toBe(0);
    const queued = [{ event: "task", eventId: taskId, collector: "pager" }];
    expect(JSON.parse(stdout)).toEqual({ taskId, queued, left: [] });
    expect(await world.take("deliveries", 1)).toEqual([body("pager")]);
  });

  it("leaves a paused collector and one that was deleted, and says what to do", async () => {
    const { collectorStore, collectorHealth, taskStore } = world.services;
    await collectorStore.put(webhookTo("http://127.0.0.1:9/", { name: "resting" }));
    await collectorHealth.pause("resting", "moves house");
    const { taskId } = await recordedTask(world.services, { collectors: ["resting", "gone"] });
    await taskStore.recordAttempt(taskId, "resting", REFUSED);
    const { code, stdout, stderr } = await cli(["deliveries", "retry", taskId]);
    expect(code).toBe(1);
    expect(stdout).toContain(`task ${taskId} to gone is left: the collector was deleted\n`);
    expect(stdout).toContain(
      `to resting is left: the collector is paused; \`npx flashpoint --local collectors resume resting\` first\n`,
    );
    expect(stderr).toBe(
      "flashpoint: there is nothing to retry: paused: resting; `npx flashpoint --local collectors resume resting` first\n",
    );
    expect((await taskStore.get(taskId))?.deliveries.resting?.status).toBe("dead");
  });

  it.each([
    ["delivered everywhere", ["hook"], [], "all of it is delivered"],
    ["for nobody", [], [], "nobody gets it"],
    ["not for this collector", ["hook"], ["--collector", "pager"], "nothing of it goes to pager"],
  ])("says that there is nothing to retry of a task that is %s", async (_what, collectors, args, why) => {
    const { taskId } = await recordedTask(world.services, { collectors });
    for (const name of collectors) await world.services.taskStore.recordAttempt(taskId, name, { status: "delivered" });
    const { code, stderr } = await cli(["deliveries", "retry", taskId, ...args]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `flashpoint: there is nothing to retry: ${why}\n` });
  });

  it("finds a task also by the id that its report got when it came once more", async () => {
    const { taskId, body } = await recordedTask(world.services, { collectors: ["hook"] });
    const { profileId, body: profileBody } = await recordedProfile(world.services, taskId, ["pager"]);
    const alias = taskId.replace(/^....../, "ffffff");
    await world.services.reportStore.addAlias(alias, taskId);
    const { code, stdout } = await cli(["deliveries", "retry", alias]);
    expect(code).toBe(0);
    expect(stdout).toContain(`task ${taskId} to hook is queued\n`);
    expect(stdout).toContain(`profile ${profileId} to pager is queued\n`);
    expect((await world.take("deliveries", 2)).sort()).toEqual([body("hook"), profileBody("pager")].sort());
  });

  it.each(["01900000-0000-7000-8000-00000000dead", "", "x".repeat(3_000)])("fails for no task (%#)", async (taskId) => {
    const { code, stdout, stderr } = await cli(["deliveries", "retry", taskId]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`there is no task ${taskId}; \`npx flashpoint --local tasks list\` names them`);
  });
});

describe("tasks and profiles, newest first", () => {
  it("come page by page, all of them, whatever the page", async () => {
    const { taskStore, profileStore } = world.services;
    const ids: string[] = [];
    for (let made = 0; made < 5; made++) {
      ids.unshift((await recordedTask(world.services, { serviceName: "paged", collectors: [] })).taskId);
    }
    const idsOf = async (query: { sinceMs?: number; pageSize: number }) => {
      const found = [];
      for await (const { task } of taskStore.newestFirst({ serviceName: "paged", ...query })) found.push(task.taskId);
      return found;
    };
    expect(await idsOf({ pageSize: 2 })).toEqual([...ids].sort().reverse());
    expect(await idsOf({ pageSize: 2, sinceMs: Date.now() + 1_000 })).toEqual([]);
    const all = [];
    for await (const { task } of taskStore.newestFirst({ pageSize: 1 })) all.push(task.taskId);
    expect(all).toEqual(all.toSorted().reverse());
    expect(all).toEqual(expect.arrayContaining(ids));

    const taskId = ids[0] ?? "";
    const profileIds: string[] = [];
    for (let made = 0; made < 5; made++) {
      profileIds.push((await recordedProfile(world.services, taskId, [])).profileId);
    }
    const profiles = [];
    for await (const { profile } of profileStore.newestFirst(taskId, 2)) profiles.push(profile.profileId);
    expect(profiles).toEqual(profileIds.toSorted().reverse());
  });
});
