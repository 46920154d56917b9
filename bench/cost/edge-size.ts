import { ASSUMED } from "./assumptions.ts";
import type { Fleet } from "./fleet.ts";
import type { EdgeFacts } from "./stack-facts.ts";

/** What the edge has to be for a fleet. */
export interface EdgeSize {
  readonly tasks: number;
  /** Part of all its processors that the fleet takes. */
  readonly busyShare: number;
  /** How many times as much the fleet's calls could take of these tasks' processors before the stack adds another one. */
  readonly spareTimes: number;
  /** Network load balancer capacity units. */
  readonly balancerUnits: number;
  /** What goes from the load balancer to a task in another zone, and back. */
  readonly zoneGbPerHour: number;
}

/** What one unit takes each hour of connections over TLS, whichever of the three comes to most: AWS's page of prices. */
const UNIT = { newPerSecond: 50, active: 3_000, gbPerHour: 1 };

/** @param micros of a processor that one call takes at the edge, as measured. */
export function edgeSize(fleet: Fleet, edge: EdgeFacts, micros: number): EdgeSize {
  const { agents, pollsPerSecond, otherCallsPerSecond, servicesPerPoll, resentPerSecond } = fleet;
  const callsPerSecond = pollsPerSecond + otherCallsPerSecond * ASSUMED.callMicrosFactor;
  const busyMicros = callsPerSecond * micros + resentPerSecond * ASSUMED.resentMicros;
  const vcpus = (busyMicros * ASSUMED.edgeProcessorFactor) / 1_000_000;
  const connections = agents * (1 + ASSUMED.renewingShare);
  const tasks = Math.max(
    edge.minTasks,
    Math.ceil(vcpus / (edge.vcpus * edge.busyShare)),
    Math.ceil(connections / edge.maxConnections),
  );
  const callBytes = ASSUMED.edgeRequestBytes + ASSUMED.edgeAnswerBytes;
  const bytesPerSecond =
    pollsPerSecond * servicesPerPoll * ASSUMED.serviceBytes +
    resentPerSecond * ASSUMED.resentBytes +
    (pollsPerSecond + otherCallsPerSecond) * callBytes;
  const gbPerHour = (bytesPerSecond * 3_600) / 1e9;
  const balancerUnits = Math.max(
    agents / (ASSUMED.connectionMinutes * 60) / UNIT.newPerSecond,
    connections / UNIT.active,
    gbPerHour / UNIT.gbPerHour,
  );
  return {
    tasks,
    busyShare: vcpus / (tasks * edge.vcpus),
    spareTimes: (tasks * edge.vcpus * edge.busyShare) / vcpus,
    balancerUnits,
    // It hands each connection to any task, wherever that is.
    zoneGbPerHour: edge.crossesZones ? gbPerHour * (1 - 1 / edge.zones) : 0,
  };
}
