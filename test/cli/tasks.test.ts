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
      reported: expect.stringMatching(/^\S+Z \(\d+ s ago\)$/),
      target: expect.stringMatching(/^ON_CPU for 600 s, ends in (9|10) min$/),
      cause: "process CPU 93.5 % ≥ 80 %",
    });
    const rows = stdout.slice(stdout.indexOf("COLLECTOR")).split("\n\n")[0]?.split("\n");
    expect(rows).toEqual([
      expect.stringMatching(/^COLLECTOR +STATUS +ATTEMPTS +LAST +NEXT +ANSWER$/),
      expect.stringMatching(/^pager +retrying +1 +\d+ s ago +in (9|10) min +answered 503: \\u001b\[2J$/),
      expect.stringMatching(/^chat +delivered +1 +\d+ s ago +- +-$/),
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
    const ofProfile = lines.find((line) => line.startsWith("profile-9 ")) ?? "";
    expect(ofProfile).toContain(`hook dead (${lastError})`);
    expect(ofProfile).toMatch(/resting retrying, next in \d\d s \(answered 503\)/);
    expect(lines.slice(-2)).toEqual([
      "hook has dead deliveries: once it is mended, `npx flashpoint --local deliveries redrive --collector hook` sends them again",
      "resting is paused (moves house): `npx flashpoint --local collectors resume resting`, " +
        "then `npx flashpoint --local deliveries redrive --collector resting`",
    ]);
    expect(lines.filter((line) => line.startsWith("well is"))).toEqual([]);
  });

  it("takes the beginning or the end of an id, and `last` for the newest task", { timeout: 120_000 }, async () => {
    const shown = async (text: string): Promise<string> => {
      const { code, stdout, stderr } = await cli(["tasks", "show", text, "--json"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return JSON.parse(stdout).taskId;
    };
    expect(await shown(cart.slice(0, 20))).toBe(cart);
    expect(await shown(cart.slice(-8))).toBe(cart);
    expect(await shown(`…${checkout.slice(-8)}`)).toBe(checkout);
    const newest = "ffffffff-0000-7000-8000-00000000beef";
    const record = await world.services.taskStore.get(checkout);
    if (record === undefined) throw new Error("not recorded");
    await world.services.taskStore.record({ ...record.task, taskId: newest }, []);
    expect(await shown("last")).toBe(newest);
    const twin = `00000000-0000-7000-8000-0000${newest.slice(-8)}`;
    await world.services.taskStore.record({ ...record.task, taskId: twin }, []);
    const { code, stdout, stderr } = await cli(["tasks", "show", "0000beef"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(`flashpoint: 0000beef may be any of these tasks:\n  ${newest}\n  ${twin}\n`);
    for (const none of ["beefed", "123456789abcdef"]) {
      const missing = await cli(["tasks", "show", none]);
      expect(missing.code).toBe(1);
      expect(missing.stderr).toMatch(
        new RegExp(`^flashpoint: there is no task ${none} \\(of the newest \\d+ tasks, none ends so`),
      );
    }
  });

  it("says how to get the files of its profiles", async () => {
    const objectKey = `tasks/${cart}/profile-1.pb.gz`;
    await world.services.profileStore.record(
      create(CollectedProfileSchema, { taskId: cart, profileId: "profile-1", objectKey }),
      [],
    );
    const { stdout } = await cli(["tasks", "show", cart]);
    expect(stdout).toMatch(/^profile-1 +- +0 +0 ms +nobody takes it$/m);
    expect(stdout).toContain(
      `aws --endpoint-url http://127.0.0.1:4566 s3 cp --recursive s3://flashpoint-profiles/tasks/${cart}/ profiles/\n`,
    );
    expect(stdout).toMatch(/^flames +go tool pprof -http : profiles\/\*\.pb\.gz$/m);
  });

  it("says what a collector calls the task", async () => {
    const record = await world.services.taskStore.get(checkout);
    if (record === undefined) throw new Error("not recorded");
    const taskId = "01900000-0000-7000-8000-000000000002";
    await world.services.taskStore.record({ ...record.task, taskId }, ["oap"]);
    await world.services.taskStore.recordAttempt(taskId, "oap", { status: "delivered", remoteId: "oap-17" });
    const { stdout } = await cli(["tasks", "show", taskId]);
    expect(stdout).toMatch(/^oap +delivered +1 +\d+ s ago +- +taken as oap-17$/m);
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
    expect(stdout).toMatch(/^profile-1 +- +12 +0 ms +kept apart$/m);
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
