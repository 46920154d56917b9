import { createConnectTransport } from "@connectrpc/connect-node";
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { AGENT_BEHAVIOURS, type AgentDoor } from "../support/agent-behaviours.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { recordedProfile, recordedTask } from "../support/dead-letters.ts";
import { type ProgramName, roleOf } from "../support/deployed-program.ts";
import { messagesOf } from "../support/dispatchers.ts";
import type { LambdaProcess } from "../support/lambda-process.ts";
import { type LambdaServer, startLambdaServer } from "../support/lambda-server.ts";
import { allowedTo, differences, texts } from "../support/role-permissions.ts";
import { type RoleWorld, startRoleWorld } from "../support/role-world.ts";
import { sqsEvent } from "../support/sqs-event.ts";
import { templateOf } from "../support/stack.ts";
import { type ActionOn, arnOf } from "../support/taken-permissions.ts";
import { authentication, issueToken } from "../support/tokens.ts";

const SECRET_ARN = arnOf("secretsmanager", "secret:flashpoint/hook-AbCdEf");
const OTHER_ARN = arnOf("secretsmanager", "secret:team/token-GhIjKl");

const template = templateOf({ edge: true, collectorNetworks: "127.0.0.0/8", collectorSecrets: OTHER_ARN });
let world: RoleWorld;

beforeAll(async () => {
  world = await startRoleWorld(template);
});
afterAll(() => world.stop());

/**
 * What roles allow that no request of theirs takes, since AWS itself works with them (Lambda Developer Guide, "Using
 * Lambda with Amazon SQS", "Sending Lambda function logs to CloudWatch Logs").
 */
const BY_AWS = {
  "agent-api": writingLog("agent-api"),
  "task-dispatcher": [...writingLog("task-dispatcher"), ...polling("tasks")],
  "task-forwarder": [...writingLog("task-forwarder"), ...polling("deliveries")],
  edge: [],
} as const satisfies Record<ProgramName, readonly ActionOn[]>;

/** Lambda writes what the function says, and makes a stream for each instance. */
function writingLog(name: string): ActionOn[] {
  const resource = arnOf("logs", `log-group:/aws/lambda/flashpoint-${name}:*`);
  return ["logs:CreateLogStream", "logs:PutLogEvents"].map((action) => ({ action, resource }));
}

/** Lambda's pollers fetch messages for the function, delete what it is done with, and scale by how many there are. */
function polling(queue: string): ActionOn[] {
  const resource = arnOf("sqs", `flashpoint-${queue}`);
  const actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
  return actions.map((action) => ({ action, resource }));
}

/** Holds a role against what its program has done so far: comes last in each describe. */
function itsRoleIsExact(name: ProgramName): void {
  const allowed = allowedTo(template, roleOf(template, name));
  it("is denied nothing", () => {
    expect(differences(allowed, world.recorder.usedBy(name)).denied).toEqual([]);
    expect(world.recorder.usedBy("nobody")).toEqual([]);
  });
  it("may do nothing that neither it nor AWS for it does", () => {
    expect(differences(allowed, world.recorder.usedBy(name)).unused).toEqual(texts(BY_AWS[name]));
  });
}

const doorAt = async (baseUrl: string): Promise<AgentDoor> => {
  const transport = createConnectTransport({ baseUrl, httpVersion: "1.1" });
  return { world, transport, headers: authentication(await issueToken(world.stores.tokenStore)) };
};

describe("the function for agents", () => {
  let functionUrl: LambdaServer;
  let door: AgentDoor;
  beforeAll(async () => {
    const { handler } = await world.startFunction<LambdaFunctionURLEvent, APIGatewayProxyStructuredResultV2>(
      "agent-api",
    );
    functionUrl = await startLambdaServer(handler);
    door = await doorAt(functionUrl.url);
  });
  afterAll(() => functionUrl.close());

  it.each(Object.entries(AGENT_BEHAVIOURS))("%s", (_what, behaves) => behaves(door));
  itsRoleIsExact("agent-api");
});

describe("the edge's server", () => {
  let door: AgentDoor;
  let httpUrl: string;
  beforeAll(async () => {
    httpUrl = `http://${(await world.startEdge()).http}`;
    door = await doorAt(httpUrl);
  });

  it("tells whether it is ready", async () => {
    expect((await fetch(`${httpUrl}/readyz`)).status).toBe(200);
  });
  it.each(Object.entries(AGENT_BEHAVIOURS))("%s", (_what, behaves) => behaves(door));
  itsRoleIsExact("edge");
});

/** The numbers of the messages that come again. */
async function handle({ handler }: Consumer, ...bodies: readonly string[]): Promise<number[]> {
  const { batchItemFailures } = await handler(sqsEvent(bodies));
  return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier.replace("message-", "")));
}
type Consumer = LambdaProcess<SQSEvent, SQSBatchResponse>;

describe("the dispatcher", () => {
  let dispatcher: Consumer;
  beforeAll(async () => {
    const hook = webhookTo("http://127.0.0.1:9", { name: "everything", events: ["tasks", "profiles"] });
    await world.stores.collectorStore.put(hook);
    dispatcher = await world.startFunction("task-dispatcher");
  });
  afterAll(() => world.stores.collectorStore.delete("everything"));

  it("records a task and its profile, and knows them when they come again", async () => {
    const { task, profile } = messagesOf("task-1", "profile-1");
    for (const body of [task, profile, task, profile]) expect(await handle(dispatcher, body)).toEqual([]);
    expect((await world.stores.profileStore.get({ taskId: "task-1", profileId: "profile-1" }))?.isApart).toBe(false);
  });

  it("leads profiles of a report that came twice to its task", async () => {
    const second = messagesOf("task-2", "profile-2", "task-1");
    expect(await handle(dispatcher, second.task)).toEqual([]);
    expect(await handle(dispatcher, second.profile)).toEqual([]);
    expect(await world.stores.reportStore.firstTaskId("task-2")).toBe("task-1");
  });

  it("keeps a profile apart until its task is there", async () => {
    const key = { taskId: "task-3", profileId: "profile-3" };
    const { task, profile } = messagesOf(key.taskId, key.profileId);
    expect(await handle(dispatcher, profile)).toEqual([]);
    expect((await world.stores.profileStore.get(key))?.isApart).toBe(true);
    expect(await handle(dispatcher, task)).toEqual([]);
    expect((await world.stores.profileStore.get(key))?.isApart).toBe(false);
  });

  it("puts aside what it cannot read", async () => {
    expect(await handle(dispatcher, "{")).toEqual([]);
  });

  it.each(["dynamodb", "sqs"])("leaves messages in the queue while %s is away", async (service) => {
    world.recorder.setAway(service);
    try {
      expect(await handle(dispatcher, messagesOf(`task without ${service}`).task)).toEqual([0]);
    } finally {
      world.recorder.setAway();
    }
  });

  itsRoleIsExact("task-dispatcher");
});

describe("the forwarder", () => {
  const LONG_AGO = new Date(Date.now() - 30 * 86_400_000).toISOString();
  const SECRETS = { secret: SECRET_ARN, headers: { authorization: OTHER_ARN } };
  /** By name, what each answers, how a delivery to it ends, and what else its item holds. */
  const COLLECTORS: Record<string, { answer: number; ends: string; item?: Record<string, unknown> }> = {
    taking: { answer: 204, ends: "delivered" },
    refusing: { answer: 400, ends: "dead" },
    gone: { answer: 410, ends: "dead" },
    failing: { answer: 503, ends: "retrying" },
    "failing-long": { answer: 503, ends: "retrying", item: { failingSince: LONG_AGO } },
    mended: { answer: 204, ends: "delivered", item: { failingSince: LONG_AGO } },
    paused: { answer: 204, ends: "dead", item: { paused: { at: LONG_AGO, reason: "by hand" } } },
    invalid: { answer: 204, ends: "retrying", item: { timeoutSeconds: "long" } },
    secretive: { answer: 204, ends: "delivered", item: SECRETS },
  };
  let collector: RecordingCollector;
  let forwarder: Consumer;

  beforeAll(async () => {
    const { stores, secrets } = world;
    secrets.put(SECRET_ARN, { current: { value: SECRET } });
    secrets.put(OTHER_ARN, { current: { value: "Bearer hunter2" } });
    collector = await startRecordingCollector(SECRET, ({ headers }) => ({
      status: Number(headers["x-answer"] ?? 204),
    }));
    for (const [name, { answer, item = {} }] of Object.entries(COLLECTORS)) {
      const headers = { "x-answer": String(answer) };
      const hook = webhookTo(collector.url, { name, headers, events: ["tasks", "profiles"] });
      await stores.collectorStore.put({ ...hook, ...item });
    }
    forwarder = await world.startFunction("task-forwarder");
  });
  afterAll(() => collector.close());

  it.each([
    ...Object.entries(COLLECTORS).map(([name, { ends }]) => [name, ends] as const),
    ["deleted", "dropped"] as const,
  ])("has a delivery to a collector that is %s end as %s", async (name, status) => {
    const { taskId, body } = await recordedTask(world.stores, { collectors: [name] });
    expect(await handle(forwarder, body(name))).toEqual(status === "retrying" ? [0] : []);
    expect((await world.stores.taskStore.findDelivery(taskId, name))?.status).toBe(status);
    await handle(forwarder, body(name)); // once more, with the outcome on record
  });

  it("pauses who is gone, or has failed for long, and forgets failures of who is mended", async () => {
    const health = async (name: string) => (await world.stores.collectorStore.get(name))?.health;
    expect(await health("gone")).toHaveProperty("paused");
    expect(await health("failing-long")).toHaveProperty("paused");
    expect(await health("failing")).toHaveProperty("failingSince");
    expect(await health("mended")).toEqual({});
  });

  it("sends a profile along, and as a link that works", async () => {
    const { taskId } = await recordedTask(world.stores, { collectors: [] });
    const key = `tasks/${taskId}/file.pb.gz`;
    await world.stores.profileStorage.put(key, Buffer.from("pprof"));
    const { profileId, body } = await recordedProfile(world.stores, taskId, ["taking"], key);
    expect(await handle(forwarder, body("taking"))).toEqual([]);
    const isIt = ({ headers }: { headers: Record<string, string> }) => headers["webhook-id"] === profileId;
    const { data } = JSON.parse((await collector.waitFor(isIt, 1_000)).body);
    expect(Buffer.from(data.pprof, "base64").toString()).toBe("pprof");
    expect(await (await fetch(data.downloadUrl)).text()).toBe("pprof");
  });

  it("drops a profile that has expired", async () => {
    const { taskId } = await recordedTask(world.stores, { collectors: [] });
    const { profileId, body } = await recordedProfile(world.stores, taskId, ["taking"], `tasks/${taskId}/gone.pb.gz`);
    expect(await handle(forwarder, body("taking"))).toEqual([]);
    const delivery = await world.stores.profileStore.findDelivery({ taskId, profileId }, "taking");
    expect(delivery?.status).toBe("dropped");
  });

  it("puts off what finds no place, and puts aside what it cannot read", async () => {
    const { body } = await recordedTask(world.stores, { collectors: ["taking"] });
    const answer = await handle(forwarder, "{", ...Array.from({ length: 40 }, () => body("taking")));
    expect(answer.length).toBeGreaterThan(0);
    expect(answer).not.toContain(0);
  });

  it("leaves messages in the queue while DynamoDB is away", async () => {
    const { body } = await recordedTask(world.stores, { collectors: ["taking"] });
    world.recorder.setAway("dynamodb");
    try {
      expect(await handle(forwarder, body("taking"))).toEqual([0]);
    } finally {
      world.recorder.setAway();
    }
  });

  itsRoleIsExact("task-forwarder");
});
