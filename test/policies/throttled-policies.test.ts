import { expect, onTestFinished, test } from "vitest";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { Unavailable } from "../../shared/errors.ts";
import { type CounterName, noMetrics } from "../../shared/metrics.ts";
import { createPolicyStore } from "../../shared/policies/policy-store.ts";
import { startBatchGetServer } from "../support/batch-get-server.ts";
import { TYPED_TARGETS } from "../support/hand-edits.ts";
import { startSwitchableProxy } from "../support/switchable-proxy.ts";

/** A store whose table processes so many keys of each BatchGetItem and leaves the rest. */
async function throttledStore(processed: number) {
  const server = await startBatchGetServer({ processed, attributes: { targets: TYPED_TARGETS } });
  onTestFinished(server.close);
  return { ...storeAt(server.endpoint), requests: server.requests };
}

function storeAt(dynamodbEndpoint: string) {
  const { documents, destroy } = createAwsClients({
    dynamodbEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  onTestFinished(destroy);
  const counted: CounterName[] = [];
  const store = createPolicyStore({
    documents,
    table: "flashpoint-policies",
    historyTable: "flashpoint-policy-history",
    metrics: { ...noMetrics, count: (name) => counted.push(name) },
  });
  return { store, counted };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `service ${index}`);

test("keys that DynamoDB leaves unprocessed are asked for again until all are found", async () => {
  const { store, requests } = await throttledStore(10);
  const found = await store.getMany(names(45));
  expect([...found.keys()].sort()).toEqual(names(45).sort());
  expect(requests).toEqual([45, 35, 25, 15, 5]);
});

test("several throttled batches are all found", async () => {
  const { store, requests } = await throttledStore(60);
  const found = await store.getMany(names(250));
  expect([...found.keys()].sort()).toEqual(names(250).sort());
  expect([...requests].sort((a, b) => a - b)).toEqual([40, 40, 50, 100, 100]);
});

test("every request is counted as a read, since DynamoDB bills each", async () => {
  const { store, counted } = await throttledStore(10);
  await store.getMany(names(15));
  expect(counted).toEqual(["policy_reads_total", "policy_reads_total"]);
});

test("while nothing is processed a read ends as unavailable after six requests, and finds nothing", async () => {
  const { store, requests } = await throttledStore(0);
  await expect(store.getMany(names(20))).rejects.toThrow(Unavailable);
  expect(requests).toEqual([20, 20, 20, 20, 20, 20]);
});

test("a batch that is never finished fails the whole read, so that nobody takes the rest for deleted", async () => {
  const { store, requests } = await throttledStore(1);
  await expect(store.getMany(names(20))).rejects.toThrow("left 14 items of ");
  expect(requests).toEqual([20, 19, 18, 17, 16, 15]);
});

test("while DynamoDB hangs and too many reads wait, another is refused before those give up", async () => {
  const hanging = await startSwitchableProxy(0);
  onTestFinished(hanging.close);
  hanging.set("hang");
  const { store } = storeAt(`http://127.0.0.1:${hanging.port}`);
  const settled: string[] = [];
  const refused = (who: string, read: Promise<unknown>) =>
    expect(read.finally(() => settled.push(who))).rejects.toThrow(Unavailable);
  // 8 batches of 100 are under way at once and 400 may wait.
  await Promise.all([refused("first", store.getMany(names(50_000))), refused("late", store.getMany(["one more"]))]);
  expect(settled).toEqual(["late", "first"]);
});
