import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import type { WebhookCollector } from "../../shared/collectors/webhook/webhook-collector.ts";
import { createForwarder } from "../../shared/deliveries/forwarder.ts";
import { createLanes, type Lanes } from "../../shared/deliveries/lanes.ts";
import { createPendingDeliveries } from "../../shared/deliveries/pending-deliveries.ts";
import { Unavailable } from "../../shared/errors.ts";
import { ProfilingTarget, ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { createLogger } from "../../shared/log.ts";
import { writeDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { noMetrics } from "../../shared/metrics.ts";
import { until } from "../support/until.ts";
import { contextForTest, recordingWebhook, webhookThat } from "../support/webhook-server.ts";

/** As many as a collector gets at once, and as many again, which wait for a place in hand. */
const DELIVERIES = 32;
/** Attempts at the same time to one collector that takes them. */
const PLACES = 16;

type Parts = Pick<Parameters<typeof createForwarder>[0], "collectorLookup" | "resolveSecrets" | "taskStore">;

/** A forwarder to one collector whose parts do what they should, but for those that are given. */
function forwarderTo(hook: WebhookCollector, { lanes = createLanes(), ...parts }: Partial<Parts> & { lanes?: Lanes }) {
  const nobody = () => Promise.reject(new Error("nobody asks for profiles here"));
  const forward = createForwarder({
    collectorLookup: { find: async (name) => ({ ok: true, name, collector: hook, health: {}, item: {} }) },
    resolveSecrets: async (resolved) => resolved,
    watchCollector: async () => {},
    lanes,
    pending: createPendingDeliveries({ now: Date.now, maxEntries: DELIVERIES }),
    taskStore: { findDelivery: pendingDelivery, recordAttempt: async () => true },
    profileStore: { findDelivery: nobody, recordAttempt: nobody },
    profileReader: { read: nobody, link: nobody },
    retrySchedule: [1],
    sendContext: contextForTest(),
    log: createLogger("silent", process.stderr),
    metrics: noMetrics,
    now: Date.now,
    ...parts,
  });
  return (taskId: string): Promise<void> => {
    const task = create(ProfilingTaskSchema, {
      taskId,
      serviceName: "checkout",
      target: ProfilingTarget.ON_CPU,
      reportedAt: timestampNow(),
    });
    return forward(writeDeliveryMessage({ case: "taskReported", value: task }, hook.name), 1);
  };
}

const pendingDelivery = async () => ({ status: "pending", attempts: 0, at: "2026-01-01T00:00:00Z" }) as const;

test("a database that is slow to note how attempts ended keeps no further ones from their collector", async () => {
  const { hook, requests } = await recordingWebhook();
  const noted = Promise.withResolvers<boolean>();
  const forward = forwarderTo(hook, {
    taskStore: { findDelivery: pendingDelivery, recordAttempt: () => noted.promise },
  });
  const forwarded = Array.from({ length: DELIVERIES }, (_, index) => forward(`task-${index}`));
  await until("all have arrived", () => (requests.length === DELIVERIES ? true : undefined));
  noted.resolve(true);
  await Promise.all(forwarded);
  expect(new Set(requests.map(({ headers }) => headers["webhook-id"])).size).toBe(DELIVERIES);
});

const away = () => Promise.reject(new Unavailable("DynamoDB cannot be reached"));
const noNotes = { findDelivery: pendingDelivery, recordAttempt: away };

test.each<[when: string, status: number, parts: Partial<Parts>]>([
  ["how it ended cannot be noted", 204, { taskStore: noNotes }],
  ["that it failed cannot be noted", 503, { taskStore: noNotes }],
  ["that it is gone cannot be noted", 410, { taskStore: noNotes }],
  [
    "that the collector was deleted cannot be noted",
    204,
    { collectorLookup: { find: async () => undefined }, taskStore: noNotes },
  ],
  ["where it stands cannot be read", 204, { taskStore: { findDelivery: away, recordAttempt: async () => true } }],
  ["its collector cannot be read", 204, { collectorLookup: { find: away } }],
  ["its secrets break", 204, { resolveSecrets: () => Promise.reject(new Error("broken")) }],
])("an attempt leaves its place, and once, although %s", async (_when, status, parts) => {
  const hook = await webhookThat((_request, response) => void response.writeHead(status).end());
  const lanes = createLanes();
  // One that is under way all the time: a lane that is left by all is forgotten, and what was wrong with it.
  lanes.enter(hook.name);
  const forward = forwarderTo(hook, { lanes, ...parts });
  for (const taskId of ["one", "two", "three"]) await expect(forward(taskId)).rejects.toThrow();
  let free = 0;
  while ("leave" in lanes.enter(hook.name)) free++;
  expect(free).toBe(PLACES - 1);
});
