import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { type CountedEngine, countedEngine } from "../../bench/engine-reads.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { createWholeRead } from "../../shared/aws/whole-read.ts";
import { noMetrics } from "../../shared/metrics.ts";
import { createPolicyStore } from "../../shared/policies/policy-store.ts";
import { tableName } from "../../shared/resources.ts";
import { TYPED_TARGETS } from "../support/hand-edits.ts";
import { startWorld, type World } from "../support/world.ts";

const TEN_MINUTES = 600_000;
/** Half a read unit for each item that is read by its key, as AWS bills it. */
const UNITS_BY_KEY = 0.5;

let world: World;
let engine: CountedEngine;
let table: string;

beforeAll(async () => {
  world = await startWorld();
  engine = await countedEngine(world.server.engines.aws.dynamodbEndpoint);
  table = tableName(world.config.stack, "policies");
});
afterAll(async () => {
  await engine.close();
  await world.stop();
});
beforeEach(() => has(0));

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `service ${index}`);

function documentsAt(dynamodbEndpoint: string) {
  const { documents, destroy } = createAwsClients({ ...world.server.engines.aws, dynamodbEndpoint });
  onTestFinished(destroy);
  return documents;
}

let size = 0;
/** Has the table hold so many policies. */
async function has(count: number): Promise<void> {
  const documents = documentsAt(world.server.engines.aws.dynamodbEndpoint);
  const puts = names(count)
    .slice(size)
    .map((serviceName) => ({ PutRequest: { Item: { serviceName, targets: TYPED_TARGETS } } }));
  const deletions = names(size)
    .slice(count)
    .map((serviceName) => ({ DeleteRequest: { Key: { serviceName } } }));
  const changes = [...puts, ...deletions];
  for (let start = 0; start < changes.length; start += 25)
    await documents.send(new BatchWriteCommand({ RequestItems: { [table]: changes.slice(start, start + 25) } }));
  size = count;
}

function storeAt(endpoint: string, readsWhole: boolean) {
  const documents = documentsAt(endpoint);
  const historyTable = tableName(world.config.stack, "policyHistory");
  return createPolicyStore({ documents, table, historyTable, metrics: noMetrics, readsWhole });
}

test("of a small table, a read of many costs a fraction of its keys, and finds what they would", async () => {
  await has(52);
  const asked = [...names(50), "nobody"];
  const byKeys = await storeAt(engine.endpoint, false).getMany(asked);
  expect(engine.take()).toEqual({ requests: 1, units: asked.length * UNITS_BY_KEY });
  const found = await storeAt(engine.endpoint, true).getMany(asked);
  const { requests, units } = engine.take();
  expect(requests).toBe(1);
  expect(units).toBeLessThan((50 * UNITS_BY_KEY) / 5);
  expect([...found.keys()].sort()).toEqual(names(50).sort());
  expect(found).toEqual(byKeys);
});

test("what is cheaper by keys is read by keys", async () => {
  await has(52);
  const store = storeAt(engine.endpoint, true);
  await store.getMany(names(50));
  engine.take();
  expect((await store.getMany(names(1))).size).toBe(1);
  expect((await store.getMany(names(3))).size).toBe(3);
  expect(engine.take()).toEqual({ requests: 2, units: 4 * UNITS_BY_KEY });
});

test("to find out that a table is too large costs about what the keys do, and is not done again for ten minutes", async () => {
  await has(400);
  engine.take();
  let now = 0;
  const readWhole = createWholeRead(documentsAt(engine.endpoint), table, () => now);
  const read = async (keys: number) => {
    const items = await readWhole(keys, { abortSignal: AbortSignal.timeout(10_000) });
    const { requests, units } = engine.take();
    expect(units).toBeLessThanOrEqual(keys * UNITS_BY_KEY * 1.5);
    return { items: items?.length, requests };
  };
  expect(await read(10)).toEqual({ items: undefined, requests: 1 });
  expect(await read(10)).toEqual({ items: undefined, requests: 0 });
  expect(await read(40), "more are worth another try").toEqual({ items: 400, requests: 1 });
  expect(await read(10)).toEqual({ items: undefined, requests: 0 });
  await has(20);
  engine.take();
  now += TEN_MINUTES - 1;
  expect(await read(10)).toEqual({ items: undefined, requests: 0 });
  now += 1;
  expect(await read(10)).toEqual({ items: 20, requests: 1 });
});

test("who may read by keys alone is served all the same, and does not ask for more with each read", async () => {
  await has(20);
  const scans: string[] = [];
  const target = new URL(world.server.engines.aws.dynamodbEndpoint);
  const proxy = createServer((request, response) => {
    if (String(request.headers["x-amz-target"]).endsWith(".Scan")) {
      scans.push("refused");
      const refusal = { __type: "com.amazon.coral.service#AccessDeniedException", message: "not authorized" };
      request.resume();
      response.writeHead(400, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(refusal));
      return;
    }
    const { method, headers } = request;
    const onward = send({ hostname: target.hostname, port: target.port, method, headers, path: "/" }, (answer) =>
      answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers)),
    );
    request.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => void proxy.close());
  const store = storeAt(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, true);
  expect((await store.getMany(names(20))).size).toBe(20);
  expect((await store.getMany(names(20))).size).toBe(20);
  expect(scans).toEqual(["refused"]);
});
