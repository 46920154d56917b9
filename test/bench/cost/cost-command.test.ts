import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { savedRun } from "../../support/cost-world.ts";
import { runProgram } from "../../support/server-process.ts";
import { temporaryFolder } from "../../support/world.ts";

const SYNTH_MS = 120_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let run: string;
const cost = (...args: string[]) => runProgram(["bench/cost/main.ts", ...args], { timeoutMs: SYNTH_MS });

beforeAll(async () => {
  folder = await temporaryFolder();
  run = join(folder.path, "run.json");
  await writeFile(run, JSON.stringify(savedRun));
});
afterAll(() => folder.remove());

describe("npm run cost", { timeout: SYNTH_MS }, () => {
  it("shows every line with quantity, price and amount, what it was measured on, and how the targets are met", async () => {
    const { code, stdout, stderr } = await cost("--run", run);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^1,000 agents that poll every 10 s through the function URL;/);
    expect(stdout).toContain("processor time: measured 2026-03-04, 2 cores (Slide Rule)");
    // 262.8 million polls, 36,804 reports and profiles that are taken in, worked off and delivered.
    expect(stdout).toMatch(/^ {2}Lambda requests +262,910,413 {2}requests +0\.2 for 1,000,000 +52\.58$/m);
    expect(stdout).not.toContain("Fargate");
    expect(stdout).toContain("prices: AWS's list of us-east-1, looked up in ");
    expect(stdout).toContain("  300 µs: of a processor, which Lambda's own runtime takes beside the handler");
    expect(stdout).toMatch(/^From [\d,]+ agents on, the edge costs no more than the function URL\.$/m);
    expect(stdout).toMatch(/^ {2}Idle, no agent and no task +0\.53 +met: at most 1, 47 % below/m);
    const [, bill = ""] = stdout.split("\n\n");
    const lines = bill.split("\n").filter((line) => / \d+\.\d\d$/.test(line));
    expect(lines.length).toBeGreaterThan(15);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it("says with --json what the table says", async () => {
    const { code, stdout } = await cost(
      "--run",
      run,
      "--json",
      "--edge",
      "--edge-tasks",
      "3",
      "-c",
      "monitoring=false",
    );
    expect(code).toBe(0);
    const { bill, edge, targets } = JSON.parse(stdout);
    const amountOf = (id: string) => bill.lines.find((line: { id: string }) => line.id === id).amount;
    expect(amountOf("vcpuHours")).toBeCloseTo(730 * 3 * 0.5 * 0.03238, 6);
    expect(amountOf("alarmMetrics")).toBe(0);
    expect(edge.tasks).toBe(3);
    expect(targets.map(({ atMost }: { atMost: number }) => atMost)).toEqual([1, 60, 30]);
  });

  it("says what a fleet is too large for", async () => {
    const { stdout } = await cost("--run", run, "--agents", "20000");
    expect(stdout).toContain("The function URL lets 1,000 calls a second through: this takes reservedConcurrency=200.");
  });

  it("says what the edge's bill hangs on that was not measured, and how far that carries", async () => {
    const { stdout } = await cost("--run", run, "--edge", "--agents", "10000");
    expect(stdout).toContain("  1 times: as long does a poll take of the edge's arm64 processors");
    expect(stdout).not.toContain("Lambda's own runtime");
    // 1,000 polls a second of 80 µs, and policies that come again: 0.088 of 0.6 processors that tasks are filled to.
    expect(stdout).toContain("to 8.83 %; a call may take 6.79 times as long before the edge grows by a task.");
  });

  it("says that options of the edge change nothing of the function URL's bill", async () => {
    const { stdout } = await cost("--run", run, "--edge-zones", "1");
    expect(stdout).toContain("The bill is the function URL's: options of the edge count for the comparison");
  });

  it("explains itself, and what it assumes, without a run", async () => {
    expect((await cost("--help")).stdout).toContain("Usage: npm run cost");
    expect((await cost("--assumptions")).stdout).toMatch(/^ {2}5 pollers: that Lambda has on an idle queue/m);
  });

  it.each([
    ["--agent", "5", /^cost: Unknown option '--agent'[\s\S]*`npm run cost -- --help` lists them/],
    ["--agents", "few", /^cost: options: --agents is "few"; it takes a whole number/],
    ["-c", "edgeZone=1", /^cost: options: edgeZone is no option; there are/],
    [
      "--run",
      "nowhere.json",
      /^cost: .*nowhere\.json.*`npm run bench -- lambda-polls grpc-polls cost --save times\.json`/,
    ],
  ])("fails with %s %s, and says why", async (option, value, problem) => {
    const { code, stdout, stderr } = await cost("--run", run, option, value);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(problem);
  });
});
