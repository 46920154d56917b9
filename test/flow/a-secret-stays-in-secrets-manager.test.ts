import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { ROADS } from "../support/roads.ts";
import {
  environmentFor,
  type SecretsManagerDouble,
  startSecretsManagerDouble,
} from "../support/secrets-manager-double.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

const arnOf = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}`;
const OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const TOKEN = "Bearer hunter2-hunter2";

let world: World;
let hand: HandEdits;
let collector: RecordingCollector;
let secretsManager: SecretsManagerDouble;

beforeAll(async () => {
  secretsManager = await startSecretsManagerDouble();
  for (const [name, value] of Object.entries(environmentFor(secretsManager))) vi.stubEnv(name, value);
  world = await startWorld({ FLASHPOINT_RETRY_SCHEDULE: "1,1,1,1,1,1,1,1,1,1" });
  hand = openHandEdits(world);
  collector = await startRecordingCollector(SECRET);
  const headers = { authorization: arnOf("token") };
  for (const hook of [
    webhookTo(collector.url, { name: "far", services: ["far"], secret: arnOf("signing"), headers }),
    webhookTo(collector.url, { name: "soon", services: ["soon"], secret: arnOf("soon") }),
  ]) {
    await world.services.collectorStore.put(hook);
  }
});
afterAll(async () => {
  hand.close();
  await world.stop();
  vi.unstubAllEnvs();
  await Promise.all([collector.close(), secretsManager.close()]);
});

async function report(serviceName: string): Promise<string> {
  const open = ROADS["grpc-js on the gRPC port"];
  if (open === undefined) throw new Error("no such road");
  return taskIdIn(await open(world).reportProfilingTask(goodReport(serviceName)));
}

it("goes along with an event, signs it with the version before too, and is stored and logged nowhere", async () => {
  const current = { value: SECRET, createdAt: Date.now() - 3_600_000 };
  secretsManager.put(arnOf("signing"), { current, previous: { value: OLD_SECRET } });
  secretsManager.put(arnOf("token"), { current: { value: TOKEN } });
  const taskId = await report("far");
  const arrived = await collector.waitFor(({ headers }) => headers["webhook-id"] === taskId, 10_000);
  expect(arrived.verified).toBe(true);
  new Webhook(OLD_SECRET).verify(arrived.body, arrived.headers);
  expect(arrived.headers.authorization).toBe(TOKEN);
  const stored = JSON.stringify(await hand.get("collectors", { name: { S: "far" } }));
  for (const secret of [SECRET, OLD_SECRET, "hunter2"]) {
    expect(stored).not.toContain(secret);
    expect(JSON.stringify(world.log)).not.toContain(secret);
  }
});

it("that is not there yet is waited for, and the delivery says what is missing", async () => {
  const taskId = await report("soon");
  const reason = await until("a try is noted", async () => {
    const record = await world.services.taskStore.get(taskId);
    return record?.deliveries.soon?.lastError;
  });
  expect(reason).toBe("secret soon cannot be read: ResourceNotFoundException");
  secretsManager.put(arnOf("soon"), { current: { value: SECRET } });
  const arrived = await collector.waitFor(({ headers }) => headers["webhook-id"] === taskId, 20_000);
  expect(arrived.verified).toBe(true);
}, 30_000);
