import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { createQueue } from "../../shared/aws/queue.ts";
import { loadConfig } from "../../shared/config.ts";
import { Unavailable } from "../../shared/errors.ts";
import { type MeddlingProxy, refusal, startMeddlingProxy } from "../support/meddling-proxy.ts";
import { receiveAll } from "../support/receive-all.ts";
import { openSqsQueue } from "../support/sqs-queue.ts";
import { startSwitchableProxy } from "../support/switchable-proxy.ts";
import { FREE_PORTS, temporaryFolder } from "../support/world.ts";

/** SQS takes no such character. */
const REFUSED = "\u0001";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let engines: LocalEngines;
let meddling: MeddlingProxy;
let proxy: Awaited<ReturnType<typeof startSwitchableProxy>>;
let sqs: SQSClient;
let commands: string[] = [];
beforeAll(async () => {
  folder = await temporaryFolder();
  engines = await startLocalEngines(loadConfig(FREE_PORTS, { FLASHPOINT_DATA_DIR: folder.path }));
  meddling = await startMeddlingProxy(engines.aws.sqsEndpoint);
  proxy = await startSwitchableProxy(meddling.port);
  const { region, credentials } = engines.aws;
  sqs = new SQSClient({ endpoint: `http://127.0.0.1:${proxy.port}`, region, credentials, maxAttempts: 1 });
  sqs.middlewareStack.add(
    (next, context) => (args) => {
      commands.push(context.commandName ?? "");
      return next(args);
    },
    { step: "initialize" },
  );
});
afterAll(async () => {
  sqs.destroy();
  await proxy.close();
  await meddling.close();
  await engines.close();
  await folder.remove();
});

async function opened(name: string) {
  const lying = await openSqsQueue(engines.aws, name);
  commands = [];
  return { lying, queue: createQueue(sqs, name) };
}

test("what many send side by side goes out in few requests, and all of it", async () => {
  const { lying, queue } = await opened("side-by-side");
  await Promise.all(Array.from({ length: 45 }, (_, index) => queue.sendAll([{ body: `message ${index}` }])));
  expect(await lying.count()).toBe(45);
  expect(commands.filter((name) => name === "SendMessageBatchCommand")).toHaveLength(5);
  lying.close();
});

test("what comes while others are on their way waits for them, and goes together", async () => {
  const { lying, queue } = await opened("on-the-way");
  const sent: Promise<void>[] = [];
  for (let number = 0; number < 40; number++) {
    sent.push(queue.sendAll([{ body: `message ${number}` }]));
    await new Promise(setImmediate);
  }
  await Promise.all(sent);
  expect(await lying.count()).toBe(40);
  expect(commands.filter((name) => name === "SendMessageBatchCommand").length).toBeLessThanOrEqual(10);
  lying.close();
});

test("what SQS refuses fails for whoever sent it, and for nobody who sent beside it", async () => {
  const { lying, queue } = await opened("refused");
  const sent = await Promise.allSettled(
    [["good"], [`bad ${REFUSED}`], ["also good", "and this"], ["one good", `one bad ${REFUSED}`]].map((bodies) =>
      queue.sendAll(bodies.map((body) => ({ body }))),
    ),
  );
  expect(sent.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
  expect(sent[1]).toMatchObject({ reason: expect.any(Unavailable) });
  const bodies = (await lying.look()).map(({ body }) => body);
  expect(bodies.sort()).toEqual(["also good", "and this", "good", "one good"]);
  lying.close();
});

test("while SQS hangs all who send hear so within the time of one call, however many wait before them", async () => {
  const { lying, queue } = await opened("hanging");
  await queue.sendAll([{ body: "before" }]); // its address is known from then on
  commands = [];
  proxy.set("hang");
  const hanging = await Promise.allSettled(
    Array.from({ length: 200 }, (_, index) => queue.sendAll([{ body: `message ${index}` }])),
  );
  for (const outcome of hanging) expect(outcome).toMatchObject({ reason: expect.any(Unavailable) });
  proxy.set("pass");
  // Two at a time used up the time of all; what is reset when the silence begins makes room for another.
  expect(commands.filter((name) => name === "SendMessageBatchCommand").length).toBeLessThan(6);
  expect(await lying.count()).toBe(1);
  lying.close();
});

test("while SQS is away all who send hear so, and once it is back nobody does", async () => {
  const { lying, queue } = await opened("away");
  proxy.set("refuse");
  const away = await Promise.allSettled(["one", "two", "three"].map((body) => queue.sendAll([{ body }])));
  for (const outcome of away) expect(outcome).toMatchObject({ reason: expect.any(Unavailable) });
  proxy.set("pass");
  await queue.sendAll([{ body: "four" }]);
  expect(await lying.count()).toBe(1);
  lying.close();
});

test("a batch that fails whole fails for everybody with a message in it; who sends again has all of it there", async () => {
  const { lying, queue } = await opened("whole-batch");
  let batches = 0;
  meddling.meddle({
    answer: ({ operation }) =>
      operation === "SendMessageBatch" && ++batches === 2 ? refusal("InternalError", "try again", 500) : undefined,
  });
  // Three batches of ten. Every sender has seven messages, so the one that fails holds messages of three senders.
  const sends = Array.from({ length: 4 }, (_, sender) =>
    Array.from({ length: 7 }, (_, index) => ({ body: `${sender}.${index}` })),
  );
  const first = await Promise.allSettled(sends.map((messages) => queue.sendAll(messages)));
  expect(batches).toBe(3);
  expect(first.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  for (const outcome of [first[1], first[2]]) expect(outcome).toMatchObject({ reason: expect.any(Unavailable) });
  for (const [sender, outcome] of first.entries())
    if (outcome.status === "rejected") await queue.sendAll(sends[sender] ?? []);
  const all = sends.flat().map(({ body }) => body);
  const there = await receiveAll(engines.aws, "whole-batch", await lying.count());
  expect([...new Set(there)].sort()).toEqual(all.sort());
  meddling.meddle({});
  lying.close();
});
