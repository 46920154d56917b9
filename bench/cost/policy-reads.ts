import { FEWEST_KEYS, ITEMS_PER_KEY } from "../../shared/aws/whole-read.ts";
import { ASSUMED } from "./assumptions.ts";

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

/** An eventually consistent read of up to 4 KB is half a read unit: of an item by its key, or of a whole table. */
const UNITS_PER_READ = 0.5;
const BYTES_PER_READ = 4_096;

/**
 * Read units a second for policies. A process that is polled reads every service once for each time that its memory
 * lasts, but no more services than polls ask it for. Those of the fleet are taken to be all that have policies.
 */
export function policyReadUnits(reading: PolicyReading): number {
  const { processes, pollsPerSecond, services, servicesPerPoll, cacheSeconds } = reading;
  if (services === 0) return 0;
  const isTogether = cacheSeconds > 0 && pollsPerSecond >= processes / cacheSeconds;
  const together = isTogether ? services : servicesPerPoll;
  return (policiesRead(reading) / together) * unitsOf(together, services);
}

/** Read units of one read of so many services, of a table that has more: by their keys, or whole (shared/aws/whole-read.ts). */
function unitsOf(together: number, services: number): number {
  const byKeys = UNITS_PER_READ * together;
  const whole = UNITS_PER_READ * Math.ceil((services * ASSUMED.policyBytes) / BYTES_PER_READ);
  return together >= FEWEST_KEYS && services < together * ITEMS_PER_KEY ? Math.min(byKeys, whole) : byKeys;
}

/** How many polls a second wait for a read: each read is of all that a poll lacks at once. */
export function waitingPolls(reading: PolicyReading): number {
  return reading.services === 0 ? 0 : policiesRead(reading) / reading.servicesPerPoll;
}

function policiesRead({ processes, pollsPerSecond, services, servicesPerPoll, cacheSeconds }: PolicyReading): number {
  const asked = pollsPerSecond * servicesPerPoll;
  return cacheSeconds === 0 ? asked : Math.min(asked, (processes * services) / cacheSeconds);
}
