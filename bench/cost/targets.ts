import type { Door } from "./door.ts";
import type { FleetSettings } from "./fleet.ts";
import type { Reckoning } from "./reckoning.ts";

/** What is asked of the stack's own lines: neither of monitoring, nor of data out. */
export interface CostTarget {
  readonly what: string;
  readonly stack: number;
  readonly atMost: number;
  /** What comes on top. */
  readonly monitoring: number;
  readonly data: number;
}

/** The fleet that the targets are set for, and what `npm run cost` reckons with unless it is told otherwise. */
export const STANDARD_FLEET: FleetSettings = {
  agents: 1_000,
  pollSeconds: 10,
  services: 10,
  tasksPerDay: 10,
  collectors: 1,
  tokens: 1,
  profileKb: 20,
  calls: "polls",
};

interface Asked {
  readonly what: string;
  readonly settings: Partial<FleetSettings>;
  readonly door: Door;
  readonly atMost: number;
}

const ASKED: readonly Asked[] = [
  { what: "Idle, no agent and no task", settings: { agents: 0, tasksPerDay: 0 }, door: "function", atMost: 1 },
  { what: "1,000 agents through the function URL", settings: { agents: 1_000 }, door: "function", atMost: 60 },
];
const ASKED_OF_EDGE: Asked = {
  what: "10,000 agents through the edge",
  settings: { agents: 10_000 },
  door: "edge",
  atMost: 30,
};

export function costTargets(reckoning: Reckoning): CostTarget[] {
  return [...ASKED.map((asked) => targetOf(reckoning, asked)), edgeTarget(reckoning)];
}

/** The one of them that hangs on how the edge is made. */
export function edgeTarget(reckoning: Reckoning): CostTarget {
  return targetOf(reckoning, ASKED_OF_EDGE);
}

function targetOf({ cost }: Reckoning, { what, settings, door, atMost }: Asked): CostTarget {
  const { stack, monitoring, data } = cost({ ...STANDARD_FLEET, ...settings }, door).bill;
  return { what, stack, atMost, monitoring, data };
}
