import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { steersTerminal } from "../support/cli.ts";
import { doorEnvironment } from "../support/door-environment.ts";
import { type LineProcess, startLineProcess } from "../support/line-process.ts";
import { type MeddlingProxy, refusal, startMeddlingProxy } from "../support/meddling-proxy.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let dynamodb: MeddlingProxy;
let env: Record<string, string>;
const started: LineProcess[] = [];
let probes = 0;

beforeAll(async () => {
  world = await startWorld();
  dynamodb = await startMeddlingProxy(world.server.engines.aws.dynamodbEndpoint);
  env = { ...doorEnvironment(world), AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url };
});
afterEach(async () => {
  dynamodb.meddle({});
  for (const watch of started.splice(0)) await watch.end("SIGKILL");
});
afterAll(async () => {
  await dynamodb.close();
  await world.stop();
});

async function report(service: string, more: object = {}): Promise<string> {
  const answer = await world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, {
    ...goodReport(service),
    ...more,
  });
  const taskId = taskIdIn(answer);
  await until("the task is recorded", () => world.services.taskStore.get(taskId));
  return taskId;
}

/** Starts to watch, and waits until it has taken its first look: it then shows what is reported from then on. */
async function watching(...args: string[]): Promise<LineProcess> {
  const watch = startLineProcess(["cli/main.ts", "--local", "tasks", "watch", ...args], env);
  started.push(watch);
  // Whatever was reported before the first look is not shown: one after the other is, until one of them is.
  const probe = `probe-${++probes}`;
  const services = args.includes("--service") ? args[args.indexOf("--service") + 1] : undefined;
  let reported = 0;
  await until(
    "it shows a task",
    async () => {
      if (watch.stdout().includes(services ?? probe)) return true;
      if (watch.stderr() !== "") throw new Error(watch.stderr());
      if (reported++ % 100 === 0) await report(services ?? probe);
      return undefined;
    },
    20_000,
  );
  return watch;
}

/** Lets DynamoDB refuse all. @returns how often it has. */
function away(): () => number {
  let refused = 0;
  dynamodb.meddle({
    answer() {
      refused++;
      return refusal("InternalServerError", "away", 500);
    },
  });
  return () => refused;
}

const shown = (watch: LineProcess, text: string): Promise<true> =>
  until(`a line with ${text}`, () => (watch.stdout().includes(text) ? true : undefined), 20_000);
const linesWith = (watch: LineProcess, text: string): string[] => watch.lines().filter((line) => line.includes(text));

describe("tasks watch", { timeout: 120_000 }, () => {
  it("shows each task that is reported from now on, and each delivery that ends, once", async () => {
    await report("earlier");
    const watch = await watching();
    const taskId = await report("checkout", { processName: "java\u001b[2J" });
    await shown(watch, taskId.slice(-8));
    const [line = ""] = linesWith(watch, taskId.slice(-8));
    expect(line).toMatch(
      /^\d\d:\d\d:\d\dZ {2}checkout +java\\u001b\[2J +ON_CPU {2}process CPU 93\.5 % ≥ 80 % +…[0-9a-f]{8}$/,
    );
    const record = await world.services.taskStore.get(taskId);
    if (record === undefined) throw new Error("not recorded");
    const delivered = "01900000-0000-7000-8000-0000000000a1".replace(/^.{13}/, taskId.slice(0, 13));
    await world.services.taskStore.record({ ...record.task, taskId: delivered }, ["hook", "pager"]);
    await shown(watch, delivered.slice(-8));
    await world.services.taskStore.recordAttempt(delivered, "hook", { status: "delivered" });
    await shown(watch, "→ hook");
    await world.services.taskStore.recordAttempt(delivered, "pager", { status: "retrying", lastError: "answered 503" });
    await world.services.taskStore.recordAttempt(delivered, "pager", { status: "dead", lastError: "answered 400" });
    await shown(watch, "→ pager");
    expect(linesWith(watch, delivered.slice(-8)).map((each) => each.slice(11).replaceAll(/ +/g, " "))).toEqual([
      expect.stringMatching(/^checkout java/),
      expect.stringMatching(/^checkout → hook delivered …/),
      expect.stringMatching(/^checkout → pager dead: answered 400 …/),
    ]);
    expect(linesWith(watch, "earlier")).toEqual([]);
    expect(linesWith(watch, taskId.slice(-8))).toHaveLength(1);
    expect(steersTerminal(watch.stdout())).toBe(false);
    expect(await watch.end()).toBe(0);
    expect(watch.stdout().endsWith("\n")).toBe(true);
    expect(watch.stderr()).toBe("");
  });

  it("begins earlier with --since, keeps to one --service, and prints an object a line with --json", async () => {
    const before = await report("shop::cart");
    await report("other");
    const watch = await watching("--since", "1h", "--service", "shop::cart", "--json");
    const after = await report("shop::cart");
    await shown(watch, after);
    const events = watch.lines().map((line) => JSON.parse(line));
    const tasks = events.filter(({ event }) => event === "task").map(({ task }) => task);
    expect(tasks.map(({ taskId }) => taskId)).toEqual(expect.arrayContaining([before, after]));
    expect(new Set(tasks.map(({ serviceName }) => serviceName))).toEqual(new Set(["shop::cart"]));
    expect(events[0]).toMatchObject({
      event: "task",
      at: expect.stringMatching(/Z$/),
      task: { taskId: before, causes: [{ threshold: 80 }], deliveries: {} },
    });
    expect(await watch.end("SIGTERM")).toBe(0);
  });

  it("says once that the engine is away, and once that it is back, and shows what it missed", async () => {
    const watch = await watching();
    const refused = away();
    const missed = await report("missed");
    // A look asks twice, so by then it has looked in vain several times.
    await until("it looks again", () => (refused() > 6 ? true : undefined), 40_000);
    dynamodb.meddle({});
    await shown(watch, missed.slice(-8));
    await until("it is back", () => (watch.stderr().includes("answers again") ? true : undefined), 20_000);
    expect(watch.stderr()).toMatch(
      /^flashpoint: DynamoDB refuses \(InternalServerError\).*; still trying\nflashpoint: it answers again\n$/,
    );
    expect(linesWith(watch, missed.slice(-8))).toHaveLength(1);
  });

  it("fails at once if the engine is away at the start", async () => {
    away();
    const watch = startLineProcess(["cli/main.ts", "--local", "tasks", "watch"], env);
    started.push(watch);
    expect(await watch.exited).toBe(1);
    expect(watch.stdout()).toBe("");
    expect(watch.stderr()).toContain("Is `npm start` running?");
  });

  it("ends quietly when its reader has left", async () => {
    const watch = await watching();
    watch.leave();
    await report("unread");
    expect(await until("it ends", () => Promise.race([watch.exited, undefined]), 20_000)).toBe(0);
    expect(watch.stderr()).toBe("");
  });
});
