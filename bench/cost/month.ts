import { ASSUMED } from "./assumptions.ts";
import { type EdgeSize, edgeSize } from "./edge-size.ts";
import { type Fleet, SECONDS_PER_MONTH } from "./fleet.ts";
import { billedGbSeconds, callMillis, warmInstances } from "./lambda-time.ts";
import type { MeasuredTimes } from "./measured-times.ts";
import { policyReadUnits, waitingPolls } from "./policy-reads.ts";
import type { Usage } from "./prices.ts";
import type { StackFacts } from "./stack-facts.ts";
import { taskUse } from "./task-use.ts";

export interface Month {
  readonly usage: Usage;
  /** Instances of the agents' function that stay warm, or tasks of the edge. */
  readonly processes: number;
  /** undefined without an edge. */
  readonly edge: EdgeSize | undefined;
}

const KB_PER_GB = 1_000_000;

/** What a fleet takes of a stack in a month. Where the stack has an edge, agents call that and nothing else. */
export function monthOf(fleet: Fleet, stack: StackFacts, times: MeasuredTimes): Month {
  const { hoursPerMonth } = ASSUMED;
  const memory = stack.memory["agent-api"];
  const isByEdge = stack.edge !== undefined;
  const edge = stack.edge && edgeSize(fleet, stack.edge, times.grpcPoll);
  const callsPerSecond = fleet.pollsPerSecond + fleet.otherCallsPerSecond;
  const resentPerPoll = fleet.servicesPerPoll * ASSUMED.resentShare;
  const poll = { processorMicros: times.poll + resentPerPoll * ASSUMED.resentMicros };
  const processes = edge?.tasks ?? instancesFor(fleet, stack, callMillis(memory, poll));
  const reading = { ...fleet, processes, cacheSeconds: stack.policyCacheSeconds };
  const tasks = taskUse(fleet, stack, times);

  // The few polls that wait for a read do so beside their own work.
  const pollGbSeconds =
    callsPerSecond * billedGbSeconds(memory, poll) +
    (waitingPolls(reading) * ASSUMED.databaseMillis * memory) / 1_024 / 1_000;
  // Each process looks up again what an agent has stored, once for each write that is due.
  const agentReads = fleet.agentWritesPerMonth * processes;
  const busyProcesses = callsPerSecond === 0 ? 0 : processes;
  const tokenReads =
    Math.min(callsPerSecond, (busyProcesses * fleet.tokens) / ASSUMED.tokenSeconds) * SECONDS_PER_MONTH;

  const tableGb = tasks.tableGb + (fleet.agentWritesPerMonth > 0 ? (fleet.agents * ASSUMED.agentKb) / KB_PER_GB : 0);
  const logGb =
    (busyProcesses * hoursPerMonth * 60 * ASSUMED.metricLineKb) / KB_PER_GB +
    (tasks.batches * ASSUMED.eventLineKb) / KB_PER_GB;
  const answerBytes = isByEdge ? ASSUMED.edgeAnswerBytes : ASSUMED.functionAnswerBytes;
  const connectionMinutes = isByEdge ? ASSUMED.connectionMinutes : ASSUMED.functionConnectionMinutes;
  const handshakesPerSecond = fleet.agents / (connectionMinutes * 60);
  const bytesPerSecond =
    callsPerSecond * answerBytes +
    fleet.resentPerSecond * ASSUMED.resentBytes +
    handshakesPerSecond * ASSUMED.handshakeBytes;
  const addresses =
    edge === undefined || stack.edge === undefined
      ? 0
      : stack.edge.zones + (stack.edge.tasksHaveAddresses ? edge.tasks : 0);
  const edgeHours = edge === undefined ? 0 : hoursPerMonth;

  return {
    processes,
    edge,
    usage: {
      lambdaRequests:
        tasks.workerCalls + (edge === undefined ? callsPerSecond * SECONDS_PER_MONTH + tasks.agentCalls : 0),
      lambdaGbSeconds:
        tasks.workerGbSeconds + (edge === undefined ? pollGbSeconds * SECONDS_PER_MONTH + tasks.agentGbSeconds : 0),
      readUnits: policyReadUnits(reading) * SECONDS_PER_MONTH + agentReads + tokenReads + tasks.readUnits,
      writeUnits: fleet.agentWritesPerMonth * Math.ceil(ASSUMED.agentKb) + tasks.writeUnits,
      tableGb,
      recoveryGb: stack.hasRecovery ? tableGb : 0,
      sqsRequests:
        (stack.polledQueues * ASSUMED.pollersPerQueue * SECONDS_PER_MONTH) / ASSUMED.longPollSeconds +
        tasks.sqsRequests,
      s3Gb: tasks.bucketGb,
      s3Puts: tasks.puts,
      s3Gets: tasks.gets,
      logGb,
      logStoredGb: (logGb * Math.min(stack.logRetentionDays, 365)) / (hoursPerMonth / 24),
      vcpuHours: edgeHours * (edge?.tasks ?? 0) * (stack.edge?.vcpus ?? 0),
      memoryGbHours: edgeHours * (edge?.tasks ?? 0) * (stack.edge?.memoryGb ?? 0),
      balancerHours: edgeHours,
      balancerUnitHours: edgeHours * (edge?.balancerUnits ?? 0),
      addressHours: edgeHours * addresses,
      ownMetrics:
        (callsPerSecond > 0 ? ASSUMED.agentMetrics : 0) +
        (fleet.deliveriesPerMonth > 0 ? fleet.collectors * ASSUMED.collectorMetrics : 0),
      alarmMetrics: stack.alarmedMetrics + stack.alarmQueries,
      dashboards: stack.dashboards,
      zoneGb: edgeHours * (edge?.zoneGbPerHour ?? 0),
      outGb: (bytesPerSecond * SECONDS_PER_MONTH) / 1e9 + tasks.outGb,
    },
  };
}

/** More instances read more policies, for which polls wait, and so more of them are busy at once: until it comes out even. */
function instancesFor(fleet: Fleet, { policyCacheSeconds: cacheSeconds }: StackFacts, millisPerCall: number): number {
  const callsPerSecond = fleet.pollsPerSecond + fleet.otherCallsPerSecond;
  let processes = 0;
  while (callsPerSecond > 0) {
    const waitingMillis = waitingPolls({ ...fleet, processes, cacheSeconds }) * ASSUMED.databaseMillis;
    const needed = warmInstances(callsPerSecond, millisPerCall + waitingMillis / callsPerSecond);
    if (needed <= processes) break;
    processes = needed;
  }
  return processes;
}
