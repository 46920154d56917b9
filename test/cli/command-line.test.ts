import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { commandLineFor } from "../../cli/command-line.ts";
import { type Cli, cliOf } from "../support/cli.ts";
import { webhookTo } from "../support/collectors.ts";
import { openDeadLetters, recordedTask } from "../support/dead-letters.ts";
import { programEnvironment } from "../support/program-environment.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { temporaryFolder } from "../support/world.ts";

const STACK = "another-stack";
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const shell = promisify(execFile);

let world: StillWorld;
let cli: Cli;
/** Of its own: where an earlier npx of this folder linked a program's file, npx goes on starting that one. */
let npmCache: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  npmCache = await temporaryFolder();
  world = await startStillWorld({ FLASHPOINT_STACK: STACK });
  cli = cliOf({ server: world });
});
afterAll(async () => {
  await world?.stop();
  await npmCache?.remove();
});

/** Pastes the first command that stands between backticks there. */
async function paste(text: string): Promise<string> {
  const [, line = ""] = /`([^`]*)`/.exec(text) ?? [];
  const { dynamodbEndpoint, sqsEndpoint } = world.engines.aws;
  const env = {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
    npm_config_cache: npmCache.path,
  };
  return (await shell("sh", ["-c", line], { cwd: ROOT, env: programEnvironment(env) })).stdout;
}

describe("commands that are printed work as they stand there, for the stack that was asked about", () => {
  const asked = (...args: string[]) => cli(["--stack", STACK, ...args]);

  it("after a pause, and after its end", { timeout: 30_000 }, async () => {
    await world.services.collectorStore.put(webhookTo("http://127.0.0.1:9/", { name: "hook" }));
    const dead = openDeadLetters(world.engines.aws, STACK, "deliveries");
    const { taskId, body } = await recordedTask(world.services);
    await dead.put(body(), "because");
    dead.close();

    const paused = await asked("collectors", "pause", "hook");
    const refused = await asked("deliveries", "redrive", "--collector", "hook");
    const nothing = await asked("deliveries", "retry", taskId);
    for (const text of [paused.stdout, refused.stderr, nothing.stderr]) {
      await world.services.collectorHealth.pause("hook", "again");
      const resumed = await paste(text);
      expect(resumed).toContain("hook: collector resumed");
      if (text === nothing.stderr) expect(await paste(resumed)).toContain("1 delivery to hook sent again");
    }
    expect(await world.take("deliveries", 1)).toEqual([body()]);
  });
});

test("npx of a checkout starts the file that an earlier npx linked, main.ts, for it never links anew", async () => {
  const { stdout } = await shell(join(ROOT, "cli/main.ts"), ["--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+ /);
});

test("what holds more than letters stays one word of the shell", async () => {
  const words = ["checkout service", "it's", "$HOME `id`", "a\nb", "", "plain-1.0:/@"];
  const command = new Command("flashpoint").option("--local").option("--stack <name>");
  const line = commandLineFor(command)("why", ...words);
  expect(line).toMatch(/^npx flashpoint why /);
  const { stdout } = await shell("sh", ["-c", line.replace(/^npx flashpoint why/, "printf '%s\\0'")]);
  expect(stdout).toBe(words.map((word) => `${word}\0`).join(""));
});
