import type { StoredAgent } from "../agent/agent-item.ts";

/** Which agents are there, and what they watch together. */
export interface HeardAgents {
  readonly heard: number;
  /** Those that were heard in the last two days but are no longer. */
  readonly silent: readonly string[];
  /** Of those that are heard. */
  readonly services: number;
  readonly processes: number;
  /** When any was heard last, as of the last write; ISO 8601. */
  readonly lastAt: string | null;
}

/**
 * An agent calls every 20 s and is written every 5 minutes: one that is older than this has gone silent. Its item stays
 * for two days, and after a restart it may go by another id.
 */
export const SILENT_MS = 10 * 60_000;

export function isHeard({ seenAt }: { seenAt: string }, now: number): boolean {
  return now - Date.parse(seenAt) <= SILENT_MS;
}

export function heardAgents(agents: readonly StoredAgent[], now: number): HeardAgents {
  const heard = agents.filter((agent) => isHeard(agent, now));
  const processes = heard.flatMap((agent) => agent.processes);
  const newest = agents
    .map(({ seenAt }) => seenAt)
    .sort()
    .at(-1);
  return {
    heard: heard.length,
    silent: agents.filter((agent) => !isHeard(agent, now)).map(({ agentId }) => agentId),
    services: new Set(processes.map(({ serviceName }) => serviceName)).size,
    processes: processes.length,
    lastAt: newest ?? null,
  };
}
