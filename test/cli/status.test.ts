import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { hostProcess } from "../support/agents.ts";
import { steersTerminal } from "../support/cli.ts";
import {
  type CloudFormationDouble,
  environmentFor,
  startCloudFormationDouble,
} from "../support/cloudformation-double.ts";
import { webhookTo } from "../support/collectors.ts";
import { openDeadLetters, recordedTask } from "../support/dead-letters.ts";
import { doorEnvironment } from "../support/door-environment.ts";
import { openHandEdits } from "../support/hand-edits.ts";
import { cpuPolicy, goodReport } from "../support/policies.ts";
import { runProgram } from "../support/server-process.ts";
import { startSwitchableProxy } from "../support/switchable-proxy.ts";
import { issueToken } from "../support/tokens.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let env: Record<string, string>;
let cloudFormation: CloudFormationDouble;

beforeAll(async () => {
  world = await startWorld();
  env = doorEnvironment(world);
  cloudFormation = await startCloudFormationDouble();
});
afterAll(async () => {
  await cloudFormation.close();
  await world.stop();
});

interface StatusEnd {
  code: number | null;
  /** By the line's name: its mark and what it says, with what stands below it. */
  lines: Record<string, string>;
  text: string;
}

async function status(more: Record<string, string> = {}, ...args: string[]): Promise<StatusEnd> {
  const { code, stdout, stderr } = await runProgram(["cli/main.ts", "--local", "status", ...args], {
    env: { ...env, ...more },
  });
  expect(stderr).toBe("");
  expect(steersTerminal(stdout)).toBe(false);
  const all = stdout.trimEnd().split("\n");
  expect(all.length).toBeLessThan(24);
  for (const line of all) expect(line.length).toBeLessThanOrEqual(100);
  const lines: Record<string, string> = {};
  let name = "";
  for (const line of all.slice(2)) {
    const [, mark, named, rest] = /^([✓!✗]) (.{13}) (.*)$/.exec(line) ?? [];
    if (named !== undefined) name = named.trim();
    lines[name] = named === undefined ? `${lines[name]}\n${line.trim()}` : `${mark} ${rest}`;
  }
  return { code, lines, text: stdout };
}

async function statusJson(more: Record<string, string> = {}) {
  const { code, stdout } = await runProgram(["cli/main.ts", "--local", "status", "--json"], {
    env: { ...env, ...more },
  });
  return { code, json: JSON.parse(stdout) };
}

describe("status", { timeout: 60_000 }, () => {
  it("says of a server that was just started that all answers, and what there is to do first", async () => {
    const { code, lines, text } = await status();
    expect(code).toBe(0);
    expect(text).toMatch(/^flashpoint on this machine, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n\n/);
    expect(lines).toEqual({
      door: expect.stringMatching(/^✓ HTTP http:\/\/127\.0\.0\.1:\d+ \d+ ms, gRPC 127\.0\.0\.1:\d+ \d+ ms$/),
      engines: expect.stringMatching(/^✓ DynamoDB \d+ ms, SQS \d+ ms, S3 \d+ ms$/),
      policies: "! none  → npx flashpoint --local policies set SERVICE -f FILE",
      agents: "! none heard in 10 min  → docs/agents.md points them here",
      collectors: "! none: tasks go nowhere  → npx flashpoint --local collectors set NAME --url URL",
      tokens: "✓ 0 in force, not required",
      tasks: expect.stringMatching(/^✓ 0 today, \d{4}-\d\d-\d\d UTC, 0 queued; none ever$/),
      deliveries: "✓ 0 pending, 0 retrying; 0 messages queued",
      "dead letters": "✓ none",
    });
  });

  it("says what is the case, and what to do about it", async () => {
    const { policyStore, collectorStore, collectorHealth, tokenStore, taskStore } = world.services;
    await policyStore.put("checkout", cpuPolicy(80), { updatedBy: "ops", budget: { maxActive: 5 } });
    const hand = openHandEdits(world);
    await hand.put("policies", { serviceName: { S: "cart" }, targets: { S: "junk" } });
    const lastHeard = new Date(Date.now() - 3_600_000).toISOString();
    await hand.put("agents", {
      ...{ agentId: { S: "node-2" }, part: { S: "0" }, seenAt: { S: lastHeard }, processes: { B: gzipSync("[]") } },
      expiresAt: { N: String(Math.round(Date.now() / 1_000) + 3_600) },
    });
    hand.close();
    const processes = [hostProcess(42), hostProcess(43, { processName: "node" })];
    await world.grpc.call(EBPFProcessService.method.reportProcesses, { ebpfAgentID: "node-1", processes });
    await collectorStore.put(webhookTo("http://127.0.0.1:9/", { name: "hook", services: ["nobody"] }));
    await collectorStore.put(webhookTo("http://127.0.0.1:9/", { name: "pager", services: ["nobody"] }));
    await collectorHealth.pause("pager", "moves");
    await issueToken(tokenStore, { expiresAt: new Date(Date.now() + 86_400_000).toISOString() });
    await issueToken(tokenStore, { revokedAt: lastHeard });
    const { taskId } = await recordedTask(world.services, { collectors: ["hook", "pager"] });
    await taskStore.recordAttempt(taskId, "hook", { status: "retrying", lastError: "answered 503" });
    await world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, goodReport("cart"));
    await until("both are recorded", async () =>
      (await taskStore.list({ limit: 5 })).length === 2 ? true : undefined,
    );
    const letters = openDeadLetters(world.server.engines.aws, "flashpoint", "deliveries");
    await letters.put("unreadable", "because");
    letters.close();
    const { code, lines } = await status();
    expect(code).toBe(0);
    expect(lines).toMatchObject({
      policies: "! 2, 1 with a budget, 1 invalid, served to nobody\n→ npx flashpoint --local policies get cart",
      agents: "! 1 heard in 10 min: 1 service, 2 processes, 1 fell silent\n→ npx flashpoint --local agents list",
      collectors: "! 2, 1 paused (pager)  → npx flashpoint --local collectors resume pager",
      tokens: "! 1 in force, not required; rover ends in 24 h\n→ npx flashpoint --local tokens create rover",
      tasks: expect.stringMatching(/^✓ 2 \((ON_CPU 2)\) today, \d{4}-\d\d-\d\d UTC, \d+ queued; last \d+ s ago, cart$/),
      deliveries: expect.stringMatching(
        /^! 1 pending, 1 retrying, oldest \d+ s ago; 0 messages queued\s+→ npx flashpoint --local deliveries list --status retrying$/,
      ),
      "dead letters": "! 1 of deliveries, 0 of tasks  → npx flashpoint --local deliveries list --status dead",
    });
  });

  it("prints all of it as JSON", async () => {
    const { code, json } = await statusJson();
    expect(code).toBe(0);
    expect(json).toMatchObject({
      at: expect.stringMatching(/Z$/),
      stack: "flashpoint",
      answers: true,
      door: [
        { kind: "HTTP", answers: true, trouble: null, asksForToken: false },
        { kind: "gRPC", answers: true, trouble: null, asksForToken: false },
      ],
      engines: [{ name: "DynamoDB", answers: true }, { name: "SQS" }, { name: "S3" }],
      policies: { count: 2, withBudget: 1, invalid: ["cart"], editedByHand: [] },
      agents: { heard: 1, silent: ["node-2"], services: 1, processes: 2 },
      collectors: { count: 2, paused: ["pager"], failing: [], off: [], invalid: [] },
      tokens: { inForce: 1, required: false },
      tasks: { count: 2, isCutOff: false, byTarget: { ON_CPU: 2 }, last: { serviceName: "cart" } },
      deliveries: { queued: 0, ofTasks: { pending: 1, retrying: 1, tasks: 2 } },
      deadLetters: { tasks: 0, deliveries: 1 },
    });
  });

  it("says what is away and shows the rest, and ends with 1", async () => {
    const { code, lines } = await status({ AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:2", FLASHPOINT_GRPC_PORT: "3" });
    expect(code).toBe(1);
    expect(lines.door).toMatch(
      /^✗ HTTP \S+ \d+ ms\ngRPC 127\.0\.0\.1:3 away: connect ECONNREFUSED 127\.0\.0\.1:3\n→ npx flashpoint --local doctor$/,
    );
    expect(lines.engines).toMatch(
      /^✗ DynamoDB \d+ ms\nSQS away: cannot be reached \(connect ECONNREFUSED .*\)\nS3 \d+ ms$/,
    );
    expect(lines["dead letters"]).toMatch(/^✗ away: SQS cannot be reached/);
    expect(lines.policies).toMatch(/^! 2, /);
    const { code: jsonCode, json } = await statusJson({ AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:2" });
    expect(jsonCode).toBe(1);
    expect(json).toMatchObject({
      answers: false,
      deadLetters: null,
      away: { deliveries: "SQS cannot be reached", deadLetters: "SQS cannot be reached" },
      policies: { count: 2 },
    });
  });

  it("shows the rest in time though an engine never answers", async () => {
    const proxy = await startSwitchableProxy(1);
    proxy.set("hang");
    const startedAt = performance.now();
    const { code, lines } = await status({ AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${proxy.port}` });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    await proxy.close();
    expect(code).toBe(1);
    expect(lines.policies).toMatch(/^✗ away: DynamoDB (did not answer|cannot be reached)/);
    expect(lines["dead letters"]).toMatch(/^! 1 of deliveries/);
  });

  it("names the door of a deployed stack", async () => {
    const outputs = { AgentUrl: `${world.httpUrl}/`, EdgeAddress: "127.0.0.1:2", ResourcePrefix: "flashpoint" };
    cloudFormation.put("Prod", { status: "UPDATE_COMPLETE", outputs });
    const aws = environmentFor(cloudFormation, "/nonexistent");
    const { code, stdout } = await runProgram(["cli/main.ts", "--stack", "Prod", "status"], {
      env: { ...env, ...aws },
    });
    expect(code).toBe(1); // the edge is away
    expect(stdout).toMatch(/^Prod in us-east-1, UPDATE_COMPLETE, /);
    expect(stdout).toMatch(
      new RegExp(`^✗ door +HTTP ${world.httpUrl}/ \\d+ ms\\n +gRPC 127\\.0\\.0\\.1:2 away: `, "m"),
    );
  });

  it("says that it knows no door of tables that no stack made, and takes --server", async () => {
    const aws = environmentFor(cloudFormation, "/nonexistent");
    const flashpoint = (...args: string[]) =>
      runProgram(["cli/main.ts", "status", ...args], { env: { ...env, ...aws } });
    expect((await flashpoint()).stdout).toMatch(
      /^! door +address not known here +→ --server URL, --stack NAME or --local says it$/m,
    );
    expect((await flashpoint("--server", world.httpUrl)).stdout).toMatch(/^✓ door +HTTP \S+ \d+ ms$/m);
  });

  it.each([
    ["in a pipe", ["--watch"], "option '--watch' draws on a terminal"],
    ["for no time", ["--watch", "0"], "It takes whole seconds from 1 to 3600."],
  ])("does not watch %s", async (_, args, message) => {
    const { code, stdout, stderr } = await runProgram(["cli/main.ts", "--local", "status", ...args], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});
