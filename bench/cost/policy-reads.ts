/** What policies are read for. */
export interface PolicyReading {
  /** Instances or tasks, each of which remembers policies for itself. */
  readonly processes: number;
  readonly pollsPerSecond: number;
  /** In the whole fleet. */
  readonly services: number;
  readonly servicesPerPoll: number;
  /** How long a policy is served without being read again; 0 for not at all. */
  readonly cacheSeconds: number;
}

/** An eventually consistent read of an item of up to 4 KB, alone or in a batch, is half a read unit. */
const UNITS_PER_POLICY = 0.5;

/**
 * Read units a second for policies. A process that is polled reads every service once for each time that its memory
 * lasts, but no more services than polls ask it for.
 */
export function policyReadUnits(reading: PolicyReading): number {
  return UNITS_PER_POLICY * policiesRead(reading);
}

/** How many polls a second wait for a read: each read is of all that a poll lacks at once. */
export function waitingPolls(reading: PolicyReading): number {
  return reading.services === 0 ? 0 : policiesRead(reading) / reading.servicesPerPoll;
}

function policiesRead({ processes, pollsPerSecond, services, servicesPerPoll, cacheSeconds }: PolicyReading): number {
  const asked = pollsPerSecond * servicesPerPoll;
  return cacheSeconds === 0 ? asked : Math.min(asked, (processes * services) / cacheSeconds);
}
