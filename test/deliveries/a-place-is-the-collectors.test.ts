import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { createForwarder } from "../../shared/deliveries/forwarder.ts";
import { createLanes } from "../../shared/deliveries/lanes.ts";
import { createPendingDeliveries } from "../../shared/deliveries/pending-deliveries.ts";
import { createEgress } from "../../shared/egress/egress.ts";
import { ProfilingTarget, ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { createLogger } from "../../shared/log.ts";
import { writeDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { noMetrics } from "../../shared/metrics.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { until } from "../support/until.ts";

/** As many as a collector gets at once, and as many again, which wait for a place in hand. */
const DELIVERIES = 32;

test("a database that is slow to note how attempts ended keeps no further ones from their collector", async ({
  onTestFinished,
}) => {
  const collector = await startRecordingCollector(SECRET);
  const egress = createEgress({ networks: ["127.0.0.0/8"] });
  onTestFinished(async () => {
    egress.close();
    await collector.close();
  });
  const hook = webhookTo(collector.url, { name: "hook" });
  const noted = Promise.withResolvers<boolean>();
  const pending = { status: "pending", attempts: 0, at: "2026-01-01T00:00:00Z" } as const;
  const nobody = () => Promise.reject(new Error("nobody asks for profiles here"));
  const forward = createForwarder({
    collectorLookup: { find: async (name) => ({ ok: true, name, collector: hook, health: {}, item: {} }) },
    resolveSecrets: async (resolved) => resolved,
    watchCollector: async () => {},
    lanes: createLanes(),
    pending: createPendingDeliveries({ now: Date.now, maxEntries: DELIVERIES }),
    taskStore: { findDelivery: async () => pending, recordAttempt: () => noted.promise },
    profileStore: { findDelivery: nobody, recordAttempt: nobody },
    profileReader: { read: nobody, link: nobody },
    retrySchedule: [1],
    sendContext: { stack: "test", egress },
    log: createLogger("silent", process.stderr),
    metrics: noMetrics,
    now: Date.now,
  });

  const forwarded = Array.from({ length: DELIVERIES }, (_, index) => {
    const task = create(ProfilingTaskSchema, {
      taskId: `task-${index}`,
      serviceName: "checkout",
      target: ProfilingTarget.ON_CPU,
      reportedAt: timestampNow(),
    });
    return forward(writeDeliveryMessage({ case: "taskReported", value: task }, "hook"), 1);
  });
  await until("all have arrived", () => (collector.received.length === DELIVERIES ? true : undefined));
  noted.resolve(true);
  await Promise.all(forwarded);
  expect(new Set(collector.received.map(({ headers }) => headers["webhook-id"])).size).toBe(DELIVERIES);
});
