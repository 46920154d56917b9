import { ASSUMED } from "./assumptions.ts";
import type { Fleet } from "./fleet.ts";
import { billedGbSeconds } from "./lambda-time.ts";
import type { MeasuredTimes } from "./measured-times.ts";
import type { StackFacts } from "./stack-facts.ts";

/** What tasks, their profiles and the deliveries of both take in a month. */
export interface TaskUse {
  /** Calls of the agents' function, unless the edge answers them. */
  readonly agentCalls: number;
  readonly agentGbSeconds: number;
  /** Of the two functions behind the queues. */
  readonly workerCalls: number;
  readonly workerGbSeconds: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly sqsRequests: number;
  readonly tableGb: number;
  readonly bucketGb: number;
  readonly puts: number;
  readonly gets: number;
  readonly batches: number;
  readonly outGb: number;
}

const KB_PER_GB = 1_000_000;
const DAYS_PER_MONTH = ASSUMED.hoursPerMonth / 24;
const CLAIM_DAYS = 15;
/** A message is sent, received and deleted; alone, since few come at once. */
const REQUESTS_PER_MESSAGE = 3;

export function taskUse(fleet: Fleet, stack: StackFacts, times: MeasuredTimes): TaskUse {
  const { tasksPerMonth: reports, profilesPerMonth: profiles, deliveriesPerMonth: deliveries, profileKb } = fleet;
  const { databaseMillis, queueMillis, bucketMillis, collectorMillis, taskKb } = ASSUMED;
  const events = reports + profiles;
  const profileDeliveries = profiles * fleet.collectors;

  const report = { processorMicros: times.report, waitMillis: queueMillis };
  const upload = { processorMicros: ASSUMED.profileMicros, waitMillis: bucketMillis + queueMillis + databaseMillis };
  // One after the other: the claim, the record, profiles that came before it; then the deliveries go out.
  const dispatch = { processorMicros: times.dispatch, waitMillis: 3 * databaseMillis + queueMillis };
  const delivery = {
    processorMicros: times.delivery,
    waitMillis: 3 * databaseMillis + bucketMillis + collectorMillis,
  };

  const unit = Math.ceil(taskKb);
  const taskWrite = unit * (1 + stack.taskIndexes); // every index holds all of it
  const reads = {
    dispatchReport: 0.5 + 0.5, // collectors, and profiles that came before the task
    dispatchProfile: 1 + 0.5, // its task, consistently, and collectors
    delivery: 1 + 1, // where it stands, and its collector, both consistently
  };
  const keptMonths = (days: number) => days / DAYS_PER_MONTH;
  return {
    agentCalls: events,
    agentGbSeconds:
      reports * billedGbSeconds(stack.memory["agent-api"], report) +
      profiles * billedGbSeconds(stack.memory["agent-api"], upload),
    workerCalls: events + deliveries,
    workerGbSeconds:
      events * billedGbSeconds(stack.memory["task-dispatcher"], dispatch) +
      deliveries * billedGbSeconds(stack.memory["task-forwarder"], delivery),
    readUnits: reports * reads.dispatchReport + profiles * (reads.dispatchProfile + 1) + deliveries * reads.delivery,
    // The claim and the task; a profile's record; how each delivery ended, on the one or the other.
    writeUnits:
      reports * (1 + taskWrite) + profiles * unit + reports * fleet.collectors * taskWrite + profileDeliveries * unit,
    sqsRequests: REQUESTS_PER_MESSAGE * (events + deliveries),
    tableGb:
      (reports *
        (taskKb * (1 + stack.taskIndexes) * keptMonths(stack.taskRetentionDays) +
          ASSUMED.claimKb * keptMonths(CLAIM_DAYS)) +
        profiles * taskKb * keptMonths(stack.profileRetentionDays)) /
      KB_PER_GB,
    bucketGb: (profiles * profileKb * keptMonths(stack.profileRetentionDays)) / KB_PER_GB,
    puts: profiles,
    gets: profileDeliveries,
    batches: events + deliveries,
    outGb: (reports * fleet.collectors * taskKb + profileDeliveries * profileKb) / KB_PER_GB,
  };
}
