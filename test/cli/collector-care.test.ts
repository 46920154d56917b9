import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { type Cli, cliOf, steersTerminal } from "../support/cli.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { recordedTask } from "../support/dead-letters.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { startSecretsManagerDouble } from "../support/secrets-manager-double.ts";
import { runProgram } from "../support/server-process.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

let world: StillWorld;
let cli: Cli;
let collector: RecordingCollector;
let answer: { status: number; body?: string };

beforeAll(async () => {
  world = await startStillWorld();
  cli = cliOf({ server: world });
  collector = await startRecordingCollector(SECRET, () => answer);
  await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook" }));
});
afterAll(async () => {
  await collector.close();
  await world.stop();
});

const healthOf = async (name: string) => (await world.services.collectorStore.get(name))?.health;

describe("collectors pause and resume", () => {
  it("hold deliveries back, in the dead letters, until the collector is resumed", async () => {
    const paused = await cli(["collectors", "pause", "hook", "--reason", "moves house"]);
    expect(paused).toMatchObject({ code: 0, stderr: "" });
    expect(paused.stdout).toContain("hook: collector paused; its deliveries go to the dead letters");
    expect((await healthOf("hook"))?.paused).toEqual({ at: expect.stringMatching(/Z$/), reason: "moves house" });

    const before = collector.received.length;
    const { taskId, body } = await recordedTask(world.services);
    expect(await world.handle("deliveries", [body()])).toEqual([]);
    expect(collector.received).toHaveLength(before);
    expect((await world.services.taskStore.get(taskId))?.deliveries.hook).toMatchObject({
      status: "dead",
      attempts: 0,
      lastError: expect.stringContaining("moves house"),
    });

    const resumed = await cli(["collectors", "resume", "hook"]);
    expect(resumed).toMatchObject({ code: 0, stderr: "" });
    expect(resumed.stdout).toContain("hook: collector resumed");
    expect(resumed.stdout).toContain("`npx flashpoint --local deliveries redrive --collector hook`");
    expect(await healthOf("hook")).toEqual({});
    const asJson = await cli(["--json", "deliveries", "redrive", "--collector", "hook"]);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ sent: 1 });
    expect(await world.take("deliveries", 1)).toEqual([body()]);
  });

  it("have a reason of their own if none is given, and say the same as JSON", async () => {
    const paused = await cli(["--json", "collectors", "pause", "hook"]);
    expect(JSON.parse(paused.stdout)).toEqual({ name: "hook", paused: true, reason: "paused by the operator" });
    expect((await healthOf("hook"))?.paused?.reason).toBe("paused by the operator");
    const resumed = await cli(["--json", "collectors", "resume", "hook"]);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ name: "hook", paused: false, wasPaused: true });
    expect((await cli(["collectors", "resume", "hook"])).stdout).toBe("hook: collector was not paused\n");
  });

  it("take a reason of 200 characters at most, and of one at least", async () => {
    for (const [reason, length] of [
      ["x".repeat(201), 201],
      [" ", 0],
    ] as const) {
      const { code, stdout, stderr } = await cli(["collectors", "pause", "hook", "--reason", reason]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(`error: option '--reason' takes 1 to 200 characters; it has ${length}\n`);
      expect((await healthOf("hook"))?.paused).toBeUndefined();
    }
    const { code, stdout } = await cli(["collectors", "pause", "hook", "--reason", "ü".repeat(200)]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain("until `npx flashpoint --local collectors resume hook`");
    const row = (await cli(["collectors", "list"])).stdout.split("\n").find((line) => line.startsWith("hook "));
    expect(row).toMatch(/paused: ü{79}…$/);
    await world.services.collectorHealth.resume("hook");
  });

  it("are known to whoever sets the collector", async () => {
    await world.services.collectorHealth.pause("hook", "moves house");
    expect((await cli(["collectors", "set", "hook", "--timeout", "9"])).stdout).toBe(
      "hook: collector changed, but is paused (moves house): its deliveries go to the dead letters until " +
        "`npx flashpoint --local collectors resume hook`\n",
    );
    await world.services.collectorHealth.resume("hook");
    expect((await cli(["collectors", "set", "hook", "--timeout", "10"])).stdout).toContain("gets tasks of *");
  });

  it.each(["pause", "resume", "test"])("%s fails for a collector that is not there", async (verb) => {
    const { code, stdout, stderr } = await cli(["collectors", verb, "nobody"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe("flashpoint: there is no collector named nobody\n");
    expect(await world.services.collectorStore.get("nobody")).toBeUndefined();
  });
});

describe("collectors test", () => {
  it("sends a signed event and shows what came back", async () => {
    answer = { status: 200, body: "thanks \u001b[2J" };
    const before = collector.received.length;
    const { code, stdout, stderr } = await cli(["collectors", "test", "hook"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe("hook: test event delivered; it answered: 200: thanks \\u001b[2J\n");
    expect(steersTerminal(stdout)).toBe(false);
    expect(collector.received).toHaveLength(before + 1);
    expect(collector.received.at(-1)?.verified).toBe(true);
  });

  it("says that a collector refuses, or would be tried again, with exit code 1", async () => {
    answer = { status: 400, body: "not like this" };
    const refused = await cli(["collectors", "test", "hook"]);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toBe(
      "hook: test event not delivered, nor would a real one be (refused): answered 400: not like this\n",
    );
    answer = { status: 503 };
    const asJson = await cli(["--json", "collectors", "test", "hook"]);
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ name: "hook", kind: "retry", reason: "answered 503" });
  });

  it("works for a collector that is paused and not enabled, and leaves it so", async () => {
    answer = { status: 204 };
    await world.services.collectorStore.put(webhookTo(collector.url, { name: "off", enabled: false }));
    await world.services.collectorHealth.pause("off", "moves house");
    const { code, stdout } = await cli(["collectors", "test", "off"]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        "off: test event delivered; it answered: 204\noff is paused (moves house): its deliveries go to the dead letters " +
        "until `npx flashpoint --local collectors resume off`\n",
    });
    const asJson = JSON.parse((await cli(["--json", "collectors", "test", "off"])).stdout);
    expect(asJson).toMatchObject({ kind: "delivered", paused: { reason: "moves house" } });
    expect((await healthOf("off"))?.paused?.reason).toBe("moves house");
  });

  it("says of a refused address that it is so from here", async () => {
    await world.services.collectorStore.put(webhookTo("https://10.1.2.3/", { name: "inside" }));
    const { code, stdout } = await cli(["collectors", "test", "inside"]);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout:
        "inside: test event not delivered from here: blocked: 10.1.2.3 is a private address; " +
        "FLASHPOINT_COLLECTOR_NETWORKS can open it, where the servers run; their setting decides\n",
    });
  });

  it("of a secret that cannot be read says what a delivery would: another attempt", async () => {
    const secrets = await startSecretsManagerDouble();
    const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:flashpoint/hook-AbCdEf";
    await world.services.collectorStore.put(webhookTo(collector.url, { name: "afar", secret: arn }));
    const { dynamodbEndpoint, sqsEndpoint } = world.engines.aws;
    const env = {
      ...{ AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint, AWS_ENDPOINT_URL_SQS: sqsEndpoint },
      ...{ AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url, AWS_REGION: "eu-central-1" },
      ...{ AWS_ACCESS_KEY_ID: "any", AWS_SECRET_ACCESS_KEY: "any" },
    };
    const { code, stdout } = await runProgram(["cli/main.ts", "--local", "--json", "collectors", "test", "afar"], {
      env,
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      ...{ name: "afar", kind: "retry", paused: null },
      reason: expect.stringMatching(/^secret flashpoint\/hook-AbCdEf /),
    });
    expect(secrets.requests.length).toBeGreaterThan(0);
    await secrets.close();
  });

  it("names the faults of an invalid collector", async () => {
    const hand: HandEdits = openHandEdits({ server: world, config: world.config });
    await hand.put("collectors", { name: { S: "broken" }, url: { S: "example" }, secret: { S: SECRET } });
    hand.close();
    const { code, stdout, stderr } = await cli(["collectors", "test", "broken"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^flashpoint: collector broken is not valid:\n {2}url /);
  });
});
