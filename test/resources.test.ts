import { describe, expect, test } from "vitest";
import { PAUSE_AFTER_MS } from "../shared/collectors/collector-health.ts";
import { loadConfig } from "../shared/config.ts";
import { turnDelaySeconds } from "../shared/deliveries/lanes.ts";
import { longestScheduleSeconds, MAX_DELAY_SECONDS } from "../shared/deliveries/retry-schedule.ts";
import {
  deadLetterQueueName,
  defaultProfileBucket,
  QUEUES,
  queueName,
  TABLES,
  tableName,
} from "../shared/resources.ts";

describe.each(Object.entries(QUEUES))("the queue %s", (_id, queue) => {
  test("hides a message for six times the handler's timeout at least, as AWS asks for", () => {
    expect(queue.visibilityTimeoutSeconds).toBeGreaterThanOrEqual(
      6 * queue.handlerTimeoutSeconds + queue.batchWindowSeconds,
    );
    expect(queue.visibilityTimeoutSeconds).toBeLessThanOrEqual(43_200); // SQS: 12 hours
  });

  test("keeps messages no longer than the 14 days that SQS allows, and long enough for every receive", () => {
    expect(queue.retentionSeconds).toBeLessThanOrEqual(1_209_600);
    expect(queue.retentionSeconds).toBeGreaterThan(queue.maxReceives * queue.visibilityTimeoutSeconds);
  });

  test("tries more than once, and takes no more messages than one SQS receive holds", () => {
    expect(queue.maxReceives).toBeGreaterThan(1);
    expect(queue.batchSize).toBeGreaterThanOrEqual(1);
    expect(queue.batchSize).toBeLessThanOrEqual(10);
  });
});

describe("the longest retry schedule that can be configured", () => {
  const longest = loadConfig({ FLASHPOINT_RETRY_SCHEDULE: Array(15).fill(43_200).join(",") }).retrySchedule;
  const attempts = longest.length + 1;
  const { retentionSeconds, visibilityTimeoutSeconds, maxReceives } = QUEUES.deliveries;

  test("ends while the queue still keeps the message, with each attempt as long as one may be", () => {
    expect(longestScheduleSeconds(longest)).toBe(15 * MAX_DELAY_SECONDS);
    expect(retentionSeconds).toBeGreaterThan(longestScheduleSeconds(longest) + attempts * visibilityTimeoutSeconds);
  });

  test("ends before the queue puts the message to the dead letters by itself, which would give no reason", () => {
    expect(maxReceives).toBeGreaterThan(attempts);
  });
});

test("a delivery can wait for its turn until a collector that hangs is paused, before the queue gives it up", () => {
  const { maxReceives } = QUEUES.deliveries;
  const retries = 15; // each costs a receive too, and waits for 1 s at least
  let waitedSeconds = 0;
  for (let receives = 1; receives < maxReceives - retries; receives++) waitedSeconds += turnDelaySeconds(1, receives);
  expect(waitedSeconds).toBeGreaterThan(PAUSE_AFTER_MS / 1_000);
});

test("names start with the stack's name", () => {
  expect(tableName("flashpoint", "policies")).toBe("flashpoint-policies");
  expect(tableName("prod-2", "tasks")).toBe("prod-2-tasks");
  expect(tableName("flashpoint", "policyHistory")).toBe("flashpoint-policy-history");
  expect(tableName("flashpoint", "collectors")).toBe("flashpoint-collectors");
  expect(queueName("flashpoint", "tasks")).toBe("flashpoint-tasks");
  expect(queueName("flashpoint", "deliveries")).toBe("flashpoint-deliveries");
  expect(deadLetterQueueName("flashpoint", "tasks")).toBe("flashpoint-tasks-dead");
  expect(deadLetterQueueName("flashpoint", "deliveries")).toBe("flashpoint-deliveries-dead");
});

test("with the longest stack name every name is still one that AWS takes", () => {
  const stack = "x".repeat(63);
  for (const queue of Object.keys(QUEUES) as (keyof typeof QUEUES)[]) {
    expect(deadLetterQueueName(stack, queue)).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
  }
  for (const table of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
    expect(tableName(stack, table)).toMatch(/^[A-Za-z0-9_.-]{3,255}$/);
  }
});

test("the bucket has the stack's name as far as bucket names allow it", () => {
  expect(defaultProfileBucket("flashpoint")).toBe("flashpoint-profiles");
  expect(defaultProfileBucket("Prod-2")).toBe("prod-2-profiles");
  for (const stack of ["x".repeat(63), `a${"-".repeat(62)}`, `${"b-".repeat(31)}b`, "c"]) {
    expect(defaultProfileBucket(stack)).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
  }
});

test("tables have the keys that the operator's documents name", () => {
  expect(TABLES.policies).toEqual({ key: "serviceName" });
  expect(TABLES.policyHistory).toEqual({ key: "serviceName", sortKey: "revision" });
  expect(TABLES.collectors).toEqual({ key: "name" });
  expect(TABLES.profiles).toEqual({ key: "taskId", sortKey: "profileId", ttl: "expiresAt" });
  expect(TABLES.reports).toEqual({ key: "reportKey", ttl: "expiresAt" });
  expect(TABLES.budgets).toEqual({ key: "serviceName", sortKey: "target", ttl: "expiresAt" });
  expect(TABLES.tokens).toEqual({ key: "tokenHash" });
  expect(TABLES.agents).toEqual({ key: "agentId", sortKey: "part", ttl: "expiresAt" });
  expect(TABLES.tasks).toEqual({
    key: "taskId",
    indexes: {
      byService: { partitionKey: "serviceName", sortKey: "taskId" },
      byDay: { partitionKey: "day", sortKey: "taskId" },
    },
    ttl: "expiresAt",
  });
});
