import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { DeleteBucketCommand } from "@aws-sdk/client-s3";
import { DeleteQueueCommand, GetQueueUrlCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../../server/demo/recording-collector.ts";
import { EBPFProcessService } from "../../../shared/gen/ebpf/profiling/Process_pb.js";
import { hostProcess } from "../../support/agents.ts";
import { SECRET, webhookTo } from "../../support/collectors.ts";
import { openDeadLetters } from "../../support/dead-letters.ts";
import { type DoctorEnd, runDoctor } from "../../support/doctor.ts";
import { doorEnvironment } from "../../support/door-environment.ts";
import { type EngineTools, openEngineTools } from "../../support/engine-tools.ts";
import { openHandEdits } from "../../support/hand-edits.ts";
import { type MeddlingProxy, refusal, startMeddlingProxy } from "../../support/meddling-proxy.ts";
import { cpuPolicy } from "../../support/policies.ts";
import { runProgram } from "../../support/server-process.ts";
import { startSwitchableProxy } from "../../support/switchable-proxy.ts";
import { startWorld, type World } from "../../support/world.ts";

let world: World;
let tools: EngineTools;
let env: Record<string, string>;
let webhook: RecordingCollector;
let dynamodb: MeddlingProxy;

beforeAll(async () => {
  world = await startWorld();
  tools = openEngineTools(world.server.engines.aws);
  env = doorEnvironment(world);
  webhook = await startRecordingCollector(SECRET);
  dynamodb = await startMeddlingProxy(env.AWS_ENDPOINT_URL_DYNAMODB);
});
afterAll(async () => {
  await dynamodb.close();
  await webhook.close();
  tools.close();
  await world.stop();
});

const doctor = (stack: string, more: Record<string, string> = {}, ...args: string[]): Promise<DoctorEnd> =>
  runDoctor(["--local", "--stack", stack, "doctor", ...args], { env: { ...env, ...more } });

/** A stack of its own in the same engines, with something in it that is broken. */
async function brokenStack(stack: string, broken: () => Promise<unknown>): Promise<DoctorEnd> {
  await tools.makeStack(stack);
  await broken();
  return doctor(stack);
}

async function urlOf(QueueName: string): Promise<string> {
  return (await tools.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl ?? "";
}

/** What a stack has that is new: nothing is wrong with it, though nothing is in it. */
const EMPTY = [
  "collectors warning: none: what is reported goes nowhere",
  "policies warning: none: nothing is profiled",
  "agents warning: none heard within 10 minutes, none in the last two days",
];

describe("doctor, on one machine", { timeout: 60_000 }, () => {
  it("finds nothing failed with a server that was just started, and ends with 0", async () => {
    const { code, troubles, checks, summary } = await doctor("flashpoint");
    expect({ code, troubles }).toEqual({ code: 0, troubles: EMPTY });
    expect([...new Set(checks.map(({ name }) => name))]).toEqual([
      ...["versions", "configuration", "credentials", "clock", "tables", "queues", "bucket", "door", "certificate"],
      ...["tokens", "collectors", "policies", "budgets", "agents", "deliveries"],
    ]);
    expect(summary).toEqual({ ok: checks.length - 3, warning: 3, failed: 0, skipped: 0 });
  });

  it("finds all well once there are a policy, a collector and an agent, and says so line by line", async () => {
    const { policyStore, collectorStore } = world.services;
    await policyStore.put("checkout", cpuPolicy(80), { updatedBy: "ops", budget: { maxActive: 2 } });
    await collectorStore.put(webhookTo(webhook.url, { name: "hook" }));
    const processes = [hostProcess(42)];
    await world.grpc.call(EBPFProcessService.method.reportProcesses, { ebpfAgentID: "node-1", processes });
    const { code, stdout } = await runProgram(["cli/main.ts", "--local", "doctor"], { env });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.at(-1)).toBe("16 well, 0 warnings, 0 failed");
    expect(lines.slice(0, -2).every((line) => line.startsWith("✓ "))).toBe(true);
    expect(stdout).toMatch(
      /^✓ collectors +1 valid and reachable from here; `npx flashpoint --local collectors test NAME`/m,
    );
    expect(stdout).toMatch(/^✓ agents +1 agent heard within 10 minutes, 1 process of 1 service$/m);
  });

  it("names a table that is missing, and makes the other checks all the same", async () => {
    const { code, troubles, of } = await brokenStack("no-table", () => tools.dropTable("no-table-collectors"));
    expect(code).toBe(1);
    expect(troubles).toEqual(["tables failed: no-table-collectors is not there", ...EMPTY.slice(1)]);
    expect(of("tables")[0]?.advice).toContain("`npm start` makes what is missing when it starts");
    expect(of("collectors")).toMatchObject([{ status: "skipped", detail: "tables/collectors failed" }]);
    expect(of("tokens")).toMatchObject([{ status: "ok" }]);
  });

  it("names a table that is keyed otherwise, or lacks an index", async () => {
    const { troubles } = await brokenStack("odd-table", async () => {
      for (const id of ["tasks", "agents"]) await tools.dropTable(`odd-table-${id}`);
      for (const [id, key] of [
        ["tasks", "taskId"],
        ["agents", "agent"],
      ]) {
        await tools.dynamodb.send(
          new CreateTableCommand({
            TableName: `odd-table-${id}`,
            BillingMode: "PAY_PER_REQUEST",
            AttributeDefinitions: [{ AttributeName: key, AttributeType: "S" }],
            KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
          }),
        );
      }
    });
    expect(troubles.filter((line) => line.startsWith("tables"))).toEqual([
      "tables failed: odd-table-tasks has no index byService",
      "tables failed: odd-table-tasks has no index byDay",
      "tables failed: odd-table-agents is keyed by agent, not by agentId and part",
    ]);
  });

  it("tells which permission is missing, and goes on where it is one to look alone", async () => {
    await tools.makeStack("barred");
    const seen = (operation: string, table?: string): Promise<DoctorEnd> => {
      dynamodb.meddle({
        answer: (request) =>
          request.operation === operation && (table === undefined || request.body.includes(table))
            ? refusal(
                "AccessDeniedException",
                `User: arn:aws:iam::1:user/ada is not authorized to perform: dynamodb:${operation}`,
              )
            : undefined,
      });
      return doctor("barred", { AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url });
    };
    const described = await seen("DescribeTable");
    expect(described.code).toBe(0);
    expect(described.troubles[0]).toBe(
      "tables warning: each of the tables takes the permission dynamodb:DescribeTable, which you do not have",
    );
    const read = await seen("GetItem", "barred-tokens");
    expect(read.code).toBe(1);
    expect(read.troubles[0]).toBe(
      "tables failed: barred-tokens takes the permission dynamodb:GetItem, which you do not have",
    );
    expect(read.of("tokens")).toMatchObject([{ status: "skipped" }]);
    dynamodb.meddle({});
  });

  it("names a queue that is missing, or moves nothing to its dead letters, or hides messages for another time", async () => {
    const missing = await brokenStack("no-queue", async () =>
      tools.sqs.send(new DeleteQueueCommand({ QueueUrl: await urlOf("no-queue-tasks-dead") })),
    );
    expect(missing.code).toBe(1);
    expect(missing.troubles[0]).toBe("queues failed: no-queue-tasks-dead is not there");
    const wrong = await brokenStack("odd-queue", async () => {
      const deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:odd-queue-tasks-dead";
      const Attributes = {
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }),
        VisibilityTimeout: "30",
      };
      await tools.sqs.send(
        new SetQueueAttributesCommand({ QueueUrl: await urlOf("odd-queue-deliveries"), Attributes }),
      );
    });
    expect(wrong.troubles.filter((line) => line.startsWith("queues"))).toEqual([
      "queues warning: odd-queue-deliveries moves what cannot be processed to odd-queue-tasks-dead, not to odd-queue-deliveries-dead",
      "queues warning: odd-queue-deliveries moves messages to the dead letters after 3 receives, not after 1000",
      "queues warning: odd-queue-deliveries hides messages in hand for 30 s, not for 130 s",
    ]);
  });

  it("warns of dead letters, with the command that shows them", async () => {
    const { code, of } = await brokenStack("letters", async () => {
      const letters = openDeadLetters(world.server.engines.aws, "letters", "deliveries");
      await letters.put("unreadable", "because");
      letters.close();
    });
    expect(code).toBe(0);
    expect(of("queues")).toEqual([
      {
        name: "queues",
        status: "warning",
        detail: "1 dead letter of deliveries, kept for 14 days each",
        advice: "`npx flashpoint --local --stack letters deliveries list --status dead`",
      },
    ]);
  });

  it("misses the bucket", async () => {
    const { code, troubles } = await brokenStack("no-bucket", () =>
      tools.s3.send(new DeleteBucketCommand({ Bucket: "no-bucket-profiles" })),
    );
    expect(code).toBe(1);
    expect(troubles[0]).toBe("bucket failed: there is no bucket no-bucket-profiles");
  });

  it("finds either door shut, and says what to look at", async () => {
    const { code, troubles, of } = await doctor("flashpoint", { FLASHPOINT_HTTP_PORT: "2", FLASHPOINT_GRPC_PORT: "3" });
    expect(code).toBe(1);
    expect(troubles).toEqual([
      "door failed: HTTP http://127.0.0.1:2: connect ECONNREFUSED 127.0.0.1:2",
      "door failed: gRPC 127.0.0.1:3: connect ECONNREFUSED 127.0.0.1:3",
    ]);
    expect(of("door")[0]?.advice).toContain("is `npm start` running?");
  });

  it("finds a clock that is wrong, by the date of what the engine or the door answers", async () => {
    dynamodb.meddle({ aheadMs: 400_000 });
    const far = await doctor("flashpoint", { AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url });
    dynamodb.meddle({});
    expect(far.code).toBe(1);
    expect(far.troubles).toEqual([
      expect.stringMatching(
        /^clock failed: the clock of DynamoDB is (399|400|401) s ahead of this machine's: AWS refuses/,
      ),
    ]);
    const door = await startMeddlingProxy(world.httpUrl);
    door.meddle({ aheadMs: -90_000 });
    const near = await doctor("flashpoint", {}, "--server", door.url);
    await door.close();
    expect(near.troubles).toEqual([
      expect.stringMatching(/^clock warning: the clock of http:\S+ is (89|90|91) s behind this machine's: tokens end/),
    ]);
    expect(near.code).toBe(0);
  });

  it("names collectors that are invalid, that refuse, that may not be where they are, or that are paused", async () => {
    const stack = "takers";
    await tools.makeStack(stack);
    const hand = openHandEdits({ ...world, config: { ...world.config, stack } });
    const webhookItem = (name: string, url: string) => ({
      ...{ name: { S: name }, kind: { S: "webhook" }, url: { S: url }, services: { L: [{ S: "*" }] } },
      ...{ secret: { S: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }, enabled: { BOOL: true } },
    });
    await hand.put("collectors", webhookItem("away", "http://127.0.0.1:1/"));
    await hand.put("collectors", webhookItem("inside", "http://10.1.2.3/"));
    await hand.put("collectors", webhookItem("nameless", "https://nobody.invalid/"));
    await hand.put("collectors", { name: { S: "broken" }, url: { S: "no address" } });
    await hand.put("collectors", { ...webhookItem("resting", webhook.url), paused: { M: { reason: { S: "moves" } } } });
    await hand.put("collectors", { ...webhookItem("off", "http://127.0.0.1:1/"), enabled: { BOOL: false } });
    await hand.put("collectors", webhookItem("well", webhook.url));
    hand.close();
    const { code, of } = await doctor(stack);
    expect(code).toBe(1);
    expect(of("collectors").map(({ status, detail }) => `${status}: ${detail}`)).toEqual([
      "failed: away cannot be connected to: connect ECONNREFUSED 127.0.0.1:1",
      expect.stringMatching(/^failed: broken is invalid and gets nothing: /),
      expect.stringMatching(/^failed: inside: blocked: 10\.1\.2\.3 is a private address/),
      expect.stringMatching(/^failed: nameless cannot be connected to: .*nobody\.invalid/),
      "warning: resting is paused: moves",
    ]);
    expect(of("collectors")[0]?.advice).toBe(
      "`npx flashpoint --local --stack takers collectors test away` tries it in full",
    );
    expect(webhook.received).toEqual([]); // nobody was sent anything
  });

  it("names policies that are invalid or edited by hand, and a budget that is used up", async () => {
    const stack = "minders";
    await tools.makeStack(stack);
    const hand = openHandEdits({ ...world, config: { ...world.config, stack } });
    const check = (threshold: string) => ({
      M: { threshold: { N: threshold }, period: { N: "10" }, count: { N: "3" } },
    });
    const targets = (threshold: string) => ({ M: { ON_CPU: { M: { PROCESS_CPU: check(threshold) } } } });
    await hand.put("policies", { serviceName: { S: "cart" }, targets: targets("800") });
    await hand.put("policies", {
      serviceName: { S: "checkout" },
      targets: targets("80"),
      budget: { M: { maxActive: { N: "1" } } },
    });
    const endsAt = { N: String(Date.now() + 600_000) };
    const active = { M: { slot: { M: { endsAt } } } };
    await hand.put("budgets", { serviceName: { S: "checkout" }, target: { S: "ON_CPU" }, active, count: { N: "1" } });
    hand.close();
    const { code, of } = await doctor(stack);
    expect(code).toBe(1);
    expect(of("policies")).toMatchObject([
      { status: "failed", detail: expect.stringMatching(/^cart is invalid and served to nobody: .*threshold/) },
      { status: "warning", detail: "edited by hand: checkout" },
    ]);
    expect(of("budgets")).toMatchObject([
      {
        status: "warning",
        detail: expect.stringMatching(/^checkout: 1 of 1 ON_CPU tasks active; there is room in \d+ min; /),
      },
    ]);
  });

  it("ends in time if the engine never answers, with what could be seen", async () => {
    const startedAt = performance.now();
    const hanging = await startSwitchableProxy(1);
    hanging.set("hang");
    const { code, of } = await doctor("flashpoint", { AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${hanging.port}` });
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    await hanging.close();
    expect(code).toBe(1);
    expect(of("tables")).toMatchObject([
      { status: "failed", detail: expect.stringMatching(/^DynamoDB (did not answer|cannot be reached)/) },
    ]);
    expect(of("queues")).toMatchObject([{ status: "ok" }]);
  });

  it("lists settings that are wrong, and looks at nothing else", async () => {
    const { code, troubles, summary } = await doctor("flashpoint", { FLASHPOINT_GRPC_PORT: "many" });
    expect(code).toBe(1);
    expect(troubles).toEqual([
      'configuration failed: configuration: FLASHPOINT_GRPC_PORT is "many"; it takes a whole number from 0 to 65535',
    ]);
    expect(summary.skipped).toBe(13);
  });
});
