import type { FleetSettings } from "../../bench/cost/fleet.ts";
import type { MeasuredTimes } from "../../bench/cost/measured-times.ts";
import type { EdgeFacts, StackFacts } from "../../bench/cost/stack-facts.ts";

/** Round numbers, from which a bill can be reckoned by hand. */

export const times: MeasuredTimes = { poll: 700, report: 1_700, dispatch: 3_700, delivery: 4_700, grpcPoll: 50 };

export const plainStack: StackFacts = {
  // With a processor each, so that no time is stretched.
  memory: { "agent-api": 1_769, "task-dispatcher": 1_769, "task-forwarder": 1_769 },
  reservedConcurrency: 100,
  polledQueues: 2,
  policyCacheSeconds: 2,
  taskRetentionDays: 73,
  profileRetentionDays: 7.3,
  logRetentionDays: 73,
  taskIndexes: 2,
  hasRecovery: true,
  dashboards: 1,
  alarmedMetrics: 30,
  alarmQueries: 4,
  edge: undefined,
};

export const edge: EdgeFacts = {
  vcpus: 0.5,
  memoryGb: 1,
  minTasks: 2,
  maxTasks: 10,
  busyShare: 0.5,
  maxConnections: 10_000,
  zones: 2,
  crossesZones: true,
  tasksHaveAddresses: true,
};
export const edgeStack: StackFacts = { ...plainStack, edge };

export const nobody: FleetSettings = {
  agents: 0,
  pollSeconds: 10,
  services: 10,
  tasksPerDay: 0,
  collectors: 1,
  tokens: 1,
  profileKb: 20,
  calls: "polls",
};

/** A saved run that has all that a bill needs, and the machine that it names. */
export const savedRun = {
  at: "2026-03-04T05:06:07.000Z",
  machine: { processor: "Slide Rule", cores: 2, memoryGiB: 8, system: "Linux 6.1", node: "24.21.0" },
  figures: [
    {
      name: "lambda-polls",
      meaning: "",
      seconds: 1,
      measurements: [
        { what: "Connect proto: processor time", value: 70, unit: "µs/poll" },
        { what: "gRPC-web: processor time", value: 110, unit: "µs/poll" },
        { what: "agent-api: processor time of a report", value: 400, unit: "µs/report" },
        { what: "task-dispatcher: processor time", value: 800, unit: "µs/report" },
        { what: "task-forwarder: processor time", value: 1_200, unit: "µs/delivery" },
      ],
    },
    {
      name: "grpc-polls",
      meaning: "",
      seconds: 1,
      measurements: [{ what: "flashpoint: processor time", value: 80, unit: "µs/call" }],
    },
  ],
};
