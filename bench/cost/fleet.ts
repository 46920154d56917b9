import { ASSUMED } from "./assumptions.ts";

/** Who uses the stack, and how much. */
export interface FleetSettings {
  readonly agents: number;
  /** Seconds between two polls of an agent. */
  readonly pollSeconds: number;
  /** Services that have a policy, or are asked for, in the whole fleet. */
  readonly services: number;
  readonly tasksPerDay: number;
  readonly collectors: number;
  /** That agents share. */
  readonly tokens: number;
  /** Size of one profile as it is stored; 0 for none. */
  readonly profileKb: number;
  /** polls: agents only poll. all: they make the calls of a Rover too. */
  readonly calls: "polls" | "all";
}

/** What a fleet does, by the second or the month. */
export interface Fleet {
  readonly agents: number;
  readonly services: number;
  readonly servicesPerPoll: number;
  readonly collectors: number;
  readonly tokens: number;
  readonly pollsPerSecond: number;
  /** Policies that stand in answers though they did not change. */
  readonly resentPerSecond: number;
  /** Beside polls, none of them for tasks. */
  readonly otherCallsPerSecond: number;
  readonly tasksPerMonth: number;
  readonly profilesPerMonth: number;
  readonly profileKb: number;
  /** Tasks and profiles, each to every collector. */
  readonly deliveriesPerMonth: number;
  /** Of what they watch. */
  readonly agentWritesPerMonth: number;
}

const DAYS_PER_MONTH = ASSUMED.hoursPerMonth / 24;
export const SECONDS_PER_MONTH = ASSUMED.hoursPerMonth * 3_600;

/**
 * Seconds between two of a Rover's calls beside polls, in SkyWalking's protocol: it says that its processes live, names
 * them again every tenth time instead, asks for tasks set by hand, and sends what it measured.
 */
const ROVER_CALLS = { keepAlive: 20, reportProcesses: 200, queryTasks: 10, collectBatch: 5 };

/** The fleet by its settings alone. */
export function fleetOf(settings: FleetSettings): Fleet {
  const { agents, pollSeconds, services, tasksPerDay, collectors, tokens, profileKb, calls } = settings;
  const servicesPerPoll = Math.min(services, ASSUMED.servicesPerPoll);
  const pollsPerSecond = agents / pollSeconds;
  const otherCalls = Object.values(ROVER_CALLS).reduce((sum, seconds) => sum + 1 / seconds, 0);
  const tasksPerMonth = tasksPerDay * DAYS_PER_MONTH;
  const profilesPerMonth = profileKb === 0 ? 0 : tasksPerMonth * ASSUMED.profilesPerTask;
  return {
    agents,
    services,
    servicesPerPoll,
    collectors,
    tokens,
    pollsPerSecond,
    resentPerSecond: pollsPerSecond * servicesPerPoll * ASSUMED.resentShare,
    otherCallsPerSecond: calls === "all" ? agents * otherCalls : 0,
    tasksPerMonth,
    profilesPerMonth,
    profileKb,
    deliveriesPerMonth: (tasksPerMonth + profilesPerMonth) * collectors,
    agentWritesPerMonth: calls === "all" ? agents * ASSUMED.agentWritesPerHour * ASSUMED.hoursPerMonth : 0,
  };
}
