import { describe, expect, it } from "vitest";
import { stackFacts } from "../../../bench/cost/stack-facts.ts";
import { QUEUES, TABLES } from "../../../shared/resources.ts";
import { alarmedMetrics, alarmsOf } from "../../support/read-metrics.ts";
import { templateOf } from "../../support/stack.ts";

const facts = stackFacts();
const template = templateOf();

describe("without options", () => {
  it("has the memory of each function from the stack", () => {
    const memoryOf = (id: string) => template.resource("AWS::Lambda::Function", id).Properties.MemorySize;
    expect(facts.memory).toEqual({
      "agent-api": memoryOf("AgentApi"),
      "task-dispatcher": memoryOf("TaskDispatcher"),
      "task-forwarder": memoryOf("TaskForwarder"),
    });
  });

  it("has every queue that is worked off, and every index of a task", () => {
    expect(facts.polledQueues).toBe(Object.keys(QUEUES).length);
    expect(facts.taskIndexes).toBe(Object.keys(TABLES.tasks.indexes).length);
    expect(facts.hasRecovery).toBe(true);
  });

  it("has a metric for each that an alarm reads, and one for each query", () => {
    const read = alarmsOf(template).reduce((sum, alarm) => sum + alarmedMetrics(alarm).length, 0);
    expect(facts.alarmedMetrics + facts.alarmQueries).toBe(read);
    expect(facts.alarmQueries).toBe(4);
    expect(facts.dashboards).toBe(1);
  });

  it("has no edge, and the settings' own defaults", () => {
    expect(facts).toMatchObject({
      edge: undefined,
      reservedConcurrency: 100,
      policyCacheSeconds: 2,
      taskRetentionDays: 30,
      profileRetentionDays: 7,
      logRetentionDays: 30,
    });
  });
});

it("follows the stack's options", () => {
  const options = {
    monitoring: "false",
    reservedConcurrency: "none",
    policyCacheMs: "5000",
    taskRetentionDays: "90",
    profileRetentionDays: "1",
    logRetentionDays: "7",
  };
  expect(stackFacts(options)).toMatchObject({
    dashboards: 0,
    alarmedMetrics: 0,
    alarmQueries: 0,
    reservedConcurrency: undefined,
    policyCacheSeconds: 5,
    taskRetentionDays: 90,
    profileRetentionDays: 1,
    logRetentionDays: 7,
  });
});

it("has the edge as it is without options of its own", () => {
  expect(stackFacts({ edge: true }).edge).toEqual({
    vcpus: 0.5,
    memoryGb: 1,
    minTasks: 2,
    maxTasks: 10,
    busyShare: 0.6,
    maxConnections: 10_000,
    zones: 2,
    crossesZones: true,
    tasksHaveAddresses: true,
  });
});

it("has the edge as its options make it", () => {
  const sizes = { edgeMinTasks: 1, edgeMaxTasks: 3, edgeZones: 1, edgeCpu: 256, edgeMemory: 2_048 };
  expect(stackFacts({ edge: true, ...sizes, edgeMaxConnections: 4_000 }).edge).toMatchObject({
    vcpus: 0.25,
    memoryGb: 2,
    minTasks: 1,
    maxTasks: 3,
    zones: 1,
    maxConnections: 4_000,
  });
});

it("says what is wrong with an option", () => {
  expect(() => stackFacts({ edge: true, edgeZones: 3 })).toThrow(
    /edgeZones is "3"; it takes a whole number from 1 to 2/,
  );
});
