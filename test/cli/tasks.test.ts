import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ContinuousProfilingReportSchema,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { type Cli, cliOf, steersTerminal } from "../support/cli.ts";
import { webhookTo } from "../support/collectors.ts";
import { openHandEdits } from "../support/hand-edits.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

/** What an agent may say of one HTTP service, with names that would steer a terminal. */
const HOSTILE = {
  ...goodReport("evil\u001b[2J\u009b"),
  processName: "java\r\u0007",
  causes: [
    { type: 1, cause: { case: "singleValue" as const, value: { threshold: 200, current: 201 } } },
    { type: 2, cause: { case: "singleValue" as const, value: { threshold: 1.5, current: 2.004 } } },
    {
      type: 3,
      cause: {
        case: "uri" as const,
        value: { uri: { case: "path" as const, value: "/a\u001b[2J" }, threshold: 5, current: 7.256 },
      },
    },
    {
      type: 4,
      cause: {
        case: "uri" as const,
        value: { uri: { case: "regex" as const, value: "^/b" }, threshold: 250, current: 300 },
      },
    },
  ],
  targetTask: { case: "network" as const, value: { samplingURIRegexes: ["^/c\u001b[2J"] } },
};

let world: World;
let cli: Cli;
/** Ids of three reported tasks, oldest first. */
let checkout: string;
let evil: string;
let cart: string;

async function report(init: MessageInitShape<typeof ContinuousProfilingReportSchema>): Promise<string> {
  const taskId = taskIdIn(await world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, init));
  await until("the task is recorded", () => world.services.taskStore.get(taskId));
  return taskId;
}

beforeAll(async () => {
  world = await startWorld();
  cli = cliOf(world);
  checkout = await report(goodReport("checkout"));
  evil = await report(HOSTILE);
  cart = await report(goodReport("cart"));
});
afterAll(() => world.stop());

async function taskLines(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await cli(["tasks", "list", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(steersTerminal(stdout)).toBe(false);
  return stdout.trimEnd().split("\n");
}

describe("tasks list", () => {
  it("shows what agents reported, newest first, with causes in words", async () => {
    const [headings, ...lines] = await taskLines();
    expect(headings).toMatch(/^TASK +REPORTED +SERVICE +PROCESS +TARGET +CAUSE +DELIVERIES$/);
    expect(lines.map((line) => line.split(" ")[0])).toEqual([cart, evil, checkout]);
    expect(lines[2]).toMatch(/ \S+Z +checkout +java +ON_CPU +process CPU 93\.5 % ≥ 80 % +-$/);
    expect(lines[1]).toContain(
      "thread count 201 ≥ 200, system load 2 ≥ 1.5, HTTP error rate of /a\\u001b[2J 7.26 % ≥ 5 %, HTTP response time of ^/b 300 ms ≥ 250 ms",
    );
  });

  it("shows one service's tasks, or only the newest", async () => {
    const [, ...ofCheckout] = await taskLines("--service", "checkout");
    expect(ofCheckout.map((line) => line.split(" ")[0])).toEqual([checkout]);
    const [, ...newest] = await taskLines("--limit", "2");
    expect(newest.map((line) => line.split(" ")[0])).toEqual([cart, evil]);
    for (const nobody of ["nobody", ""]) {
      expect(await taskLines("--service", nobody)).toEqual([`No task has been reported for ${nobody} yet.`]);
    }
  });

  it("prints the same as JSON", async () => {
    const { stdout } = await cli(["--json", "tasks", "list"]);
    expect(steersTerminal(stdout)).toBe(false);
    expect(JSON.parse(stdout)).toMatchObject([
      { taskId: cart },
      { taskId: evil, serviceName: "evil\u001b[2J\u009b", samplingUriRegexes: ["^/c\u001b[2J"] },
      {
        taskId: checkout,
        target: "PROFILING_TARGET_ON_CPU",
        causes: [{ current: expect.closeTo(93.5), threshold: 80 }],
        deliveries: {},
      },
    ]);
  });

  it.each(["0", "1001", "-1", "1.5", "ten", ""])("refuses %j as its limit", async (limit) => {
    const { code, stderr } = await cli(["tasks", "list", `--limit=${limit}`]);
    expect(code).toBe(2);
    expect(stderr).toContain("It takes a whole number from 1 to 1000.");
  });
});

describe("tasks show", () => {
  it("says why the task was triggered and where each delivery stands", async () => {
    const record = await world.services.taskStore.get(checkout);
    if (record === undefined) throw new Error("not recorded");
    const taskId = "01900000-0000-7000-8000-000000000001";
    await world.services.taskStore.record({ ...record.task, taskId }, ["pager", "chat"]);
    await world.services.taskStore.recordAttempt(taskId, "pager", {
      status: "retrying",
      lastError: "answered 503: \u001b[2J",
      nextAt: new Date(Date.now() + 600_000).toISOString(),
    });
    await world.services.taskStore.recordAttempt(taskId, "chat", { status: "delivered" });
    const { code, stdout } = await cli(["tasks", "show", taskId]);
    expect(code).toBe(0);
    const fields = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(Object.fromEntries(fields)).toMatchObject({
      task: taskId,
      service: "checkout",
      instance: "pod-1",
      process: "java",
      layer: "OS_LINUX",
      target: "ON_CPU for 600 s",
      cause: "process CPU 93.5 % ≥ 80 %",
    });
    const deliveries = fields.filter(([name]) => name === "delivery").map(([, text]) => text);
    expect(deliveries.sort()).toEqual([
      expect.stringMatching(/^chat: delivered after 1 attempt, \S+Z$/),
      expect.stringMatching(
        /^pager: retrying after 1 attempt, \S+Z, next in (9|10) min \(answered 503: \\u001b\[2J\)$/,
      ),
    ]);
    expect(steersTerminal(stdout)).toBe(false);
  });

  it("says of a profile when its next attempt is due, reasons in full, and what to do about collectors", async () => {
    const record = await world.services.taskStore.get(checkout);
    if (record === undefined) throw new Error("not recorded");
    const { collectorStore, collectorHealth, profileStore, taskStore } = world.services;
    const taskId = "01900000-0000-7000-8000-000000000004";
    await taskStore.record({ ...record.task, taskId }, ["hook", "resting", "well"]);
    for (const name of ["hook", "resting", "well"]) {
      await collectorStore.put(webhookTo("http://127.0.0.1:9/", { name, services: ["nobody"] }));
    }
    const lastError = `answered 400: ${"no ".repeat(100)}`;
    await taskStore.recordAttempt(taskId, "well", { status: "delivered" });
    const profile = create(CollectedProfileSchema, { taskId, profileId: "profile-9" });
    await profileStore.record(profile, ["hook", "resting"]);
    const nextAt = new Date(Date.now() + 60_000).toISOString();
    await profileStore.recordAttempt(profile, "hook", { status: "dead", lastError });
    await profileStore.recordAttempt(profile, "resting", { status: "retrying", lastError: "answered 503", nextAt });
    await collectorHealth.pause("resting", "moves house");
    await collectorHealth.pause("well", "has it all");
    const lines = (await cli(["tasks", "show", taskId])).stdout.trimEnd().split("\n");
    const ofProfile = lines.find((line) => line.startsWith("profile ")) ?? "";
    expect(ofProfile).toContain(`hook dead (${lastError})`);
    expect(ofProfile).toMatch(/resting retrying, next in \d\d s \(answered 503\)/);
    expect(lines.slice(-2)).toEqual([
      "hook has dead deliveries: once it is mended, `npx flashpoint --local deliveries redrive --collector hook` sends them again",
      "resting is paused (moves house): `npx flashpoint --local collectors resume resting`, " +
        "then `npx flashpoint --local deliveries redrive --collector resting`",
    ]);
    expect(lines.filter((line) => line.startsWith("well"))).toEqual([]);
  });

  it("says what a collector calls the task", async () => {
    const record = await world.services.taskStore.get(checkout);
    if (record === undefined) throw new Error("not recorded");
    const taskId = "01900000-0000-7000-8000-000000000002";
    await world.services.taskStore.record({ ...record.task, taskId }, ["oap"]);
    await world.services.taskStore.recordAttempt(taskId, "oap", { status: "delivered", remoteId: "oap-17" });
    const { stdout } = await cli(["tasks", "show", taskId]);
    expect(stdout).toMatch(/^delivery +oap: delivered as oap-17 after 1 attempt, /m);
  });

  it("finds a task also by the id that its report got when it came once more", async () => {
    await world.services.reportStore.addAlias("01900000-0000-7000-8000-000000000003", checkout);
    const { stdout } = await cli(["tasks", "show", "01900000-0000-7000-8000-000000000003"]);
    expect(stdout).toMatch(new RegExp(`^task +${checkout}\nalso +01900000-0000-7000-8000-000000000003$`, "m"));
  });

  it("shows what an agent sent without obeying it", async () => {
    const { stdout } = await cli(["tasks", "show", evil]);
    expect(steersTerminal(stdout)).toBe(false);
    expect(stdout).toMatch(/^service +evil\\u001b\[2J\\u009b$/m);
    expect(stdout).toMatch(/^process +java\\u000d\\u0007$/m);
    expect(stdout).toMatch(/^samples +\^\/c\\u001b\[2J$/m);
  });

  it.each(["01900000-0000-7000-8000-00000000dead", "", "x".repeat(3_000)])(
    "fails for a task that is not there (%#)",
    async (taskId) => {
      const { code, stdout, stderr } = await cli(["tasks", "show", taskId]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(`there is no task ${taskId}; \`npx flashpoint --local tasks list\` names them`);
    },
  );
});

describe("tasks show, of a task that is known elsewhere", () => {
  const taskId = "foreign-1";
  const keep = async (profileId: string): Promise<void> => {
    const profile = create(CollectedProfileSchema, { taskId, profileId, sampleCount: 12n });
    await world.services.profileStore.recordApart(profile);
  };

  it("shows the profiles that were kept apart under its id", async () => {
    await keep("profile-1");
    const { code, stdout, stderr } = await cli(["tasks", "show", taskId]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("No task of that id is known here; 1 profile was kept apart under it.\n");
    expect(stdout).toMatch(/^profile +profile-1 -, 12 samples, 0 ms; kept apart$/m);
    await keep("profile-2");
    expect((await cli(["tasks", "show", taskId])).stdout).toContain("2 profiles were kept apart under it");
  });

  it("prints them as JSON", async () => {
    const { code, stdout } = await cli(["--json", "tasks", "show", taskId]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ taskId, isKnown: false },
      profiles: [{ profileId: "profile-1", deliveries: {} }, { profileId: "profile-2" }],
    });
  });
});

describe("a junk item in the table of tasks", () => {
  it("is no task to `show`, and hides none from `list`", async () => {
    const before = await taskLines();
    const hand = openHandEdits(world);
    const junk = "ffffffff-0000-7000-8000-000000000000"; // newer than all
    const day = { S: new Date().toISOString().slice(0, 10) };
    await hand.put("tasks", { taskId: { S: junk }, serviceName: { S: "checkout" }, day, task: { S: "junk" } });
    hand.close();
    expect(await taskLines()).toEqual(before);
    const { code, stdout, stderr } = await cli(["tasks", "show", junk]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`there is no task ${junk}`);
  });
});
