import { LRUCache } from "lru-cache";
import { withinDeadline } from "../aws/deadline.ts";
import { errorText, Unavailable } from "../errors.ts";
import type { Logger } from "../log.ts";
import { createNews } from "../news.ts";
import type { StoredAgent, StoredProcess } from "./agent-item.ts";
import type { AgentStore } from "./agent-store.ts";
import type { MeasuredValues } from "./measured-values.ts";
import { processIdOf } from "./process-id.ts";
import { afterKeepAlive, afterReport, fingerprint, withStored } from "./process-set.ts";
import type { ProcessNames, WatchedProcess } from "./watched-process.ts";

/**
 * Remembers which agent watches what. An agent says it every 20 seconds; it is written when it changes, and otherwise
 * every five minutes, counted over all servers that the agent talks to.
 */
export interface AgentRegistry {
  /** Some processes of the agent, with pids. Never fails; resolves once what had to be stored is stored or given up. */
  reported(agentId: string, processes: readonly WatchedProcess[]): Promise<void>;
  /** All processes of the agent but those reported just before. Ends like `reported`. */
  keptAlive(agentId: string, processes: readonly WatchedProcess[]): Promise<void>;
  /** What a process is called, if an agent has named it to this server lately. */
  processNames(processId: string): ProcessNames | undefined;
}

/** How long a write counts, whoever made it. */
const WRITE_EVERY_MS = 300_000;
/** How long a failed write is left alone. */
const RETRY_AFTER_MS = 60_000;
/** A write that another server's has overtaken is thought over once; then the agent's next call does. */
const TRIES = 2;
/** A process with more values than this has HTTP paths by the hundred. */
const STORED_VALUES = 50;
const AGENTS = { max: 10_000, maxSize: 128 * 1_024 * 1_024 };
const NAMES = { max: 100_000, maxSize: 64 * 1_024 * 1_024 };

interface Agent {
  processes: WatchedProcess[];
  keptAliveAt: number;
  /** Fingerprint of what is stored; undefined until it was looked up. */
  stored: string | undefined;
  /** When the next write is due, if nothing changes. */
  dueAt: number;
  /** Before this, nothing is tried again. */
  retryAt: number;
  syncing: Promise<void> | undefined;
}

export function createAgentRegistry(options: {
  store: Pick<AgentStore, "find" | "put">;
  measured: Pick<MeasuredValues, "ofProcess">;
  log: Logger;
  now?: () => number;
}): AgentRegistry {
  const { store, measured, log, now = Date.now } = options;
  const news = createNews();
  const names = new LRUCache<string, ProcessNames>({ ...NAMES, sizeCalculation: bytesOfNames });
  const agents = new LRUCache<string, Agent>({
    ...AGENTS,
    sizeCalculation: ({ processes }) => processes.reduce((sum, process) => sum + bytesOf(process), 1_000),
  });

  async function heard(agentId: string, change: (agent: Agent) => WatchedProcess[]): Promise<void> {
    const agent = agents.get(agentId) ?? unknownAgent(now());
    agent.processes = change(agent);
    agent.processes.forEach(remember);
    agents.set(agentId, agent); // its size has changed
    agent.syncing ??= sync(agentId, agent).finally(() => {
      agent.syncing = undefined;
    });
    await agent.syncing;
  }

  function remember({ layer, serviceName, instanceName, processName }: ProcessNames): void {
    const process = { layer, serviceName, instanceName, processName };
    names.set(processIdOf(process), process);
  }

  async function sync(agentId: string, agent: Agent): Promise<void> {
    const at = now();
    if (at < agent.retryAt || (at < agent.dueAt && fingerprint(agent.processes) === agent.stored)) return;
    try {
      await withinDeadline("DynamoDB", async () => {
        for (let left = TRIES; left > 0 && !(await settle(agentId, agent)); left--);
      });
      news.forget(ENGINE);
      news.forget(agentId);
    } catch (error) {
      agent.retryAt = now() + RETRY_AFTER_MS;
      const subject = error instanceof Unavailable ? ENGINE : agentId;
      if (!news.isNew(subject, errorText(error))) return;
      log.warn({ agentId, err: error }, "what an agent watches is not stored; it is answered all the same");
    }
  }

  /** Learns what is stored, and writes if that is too old or differs. @returns false if another write came between. */
  async function settle(agentId: string, agent: Agent): Promise<boolean> {
    const found = await store.find(agentId);
    const stored = found.agent?.processes.map(({ values, ...process }) => process) ?? [];
    agent.processes = withStored(agent.processes, stored);
    const at = now();
    const writtenAt = recentWrite(found.agent, at);
    const { processes } = agent;
    const print = fingerprint(processes);
    const stands = writtenAt !== undefined && print === fingerprint(stored);
    if (!stands) {
      const seenAt = new Date(at).toISOString();
      if (!(await store.put({ agentId, seenAt, processes: processes.map(withValues) }, found))) return false;
    }
    agent.stored = print;
    agent.dueAt = (stands ? writtenAt : at) + WRITE_EVERY_MS;
    return true;
  }

  function withValues(process: WatchedProcess): StoredProcess {
    return { ...process, values: measured.ofProcess(process).slice(-STORED_VALUES) };
  }

  return {
    reported: (agentId, processes) =>
      heard(agentId, ({ processes: known, keptAliveAt }) => afterReport(known, processes, { now: now(), keptAliveAt })),
    keptAlive: (agentId, processes) =>
      heard(agentId, (agent) => {
        agent.keptAliveAt = now();
        return afterKeepAlive(agent.processes, processes, now());
      }),
    processNames: (processId) => names.get(processId),
  };
}

/** What the log's news is about when no agent in particular is at fault. */
const ENGINE = "";

function unknownAgent(now: number): Agent {
  return { processes: [], keptAliveAt: now, stored: undefined, dueAt: 0, retryAt: 0, syncing: undefined };
}

/** When the agent was written, if that was within the last five minutes; clocks of servers may differ a little. */
function recentWrite(agent: StoredAgent | undefined, now: number): number | undefined {
  if (agent === undefined) return undefined;
  const writtenAt = Date.parse(agent.seenAt);
  return Math.abs(now - writtenAt) < WRITE_EVERY_MS ? writtenAt : undefined;
}

/** Memory taken, about: two bytes a character, and the objects around them. */
function bytesOfNames({ layer, serviceName, instanceName, processName }: ProcessNames): number {
  return 200 + 2 * (layer.length + serviceName.length + instanceName.length + processName.length);
}

function bytesOf(process: WatchedProcess): number {
  return bytesOfNames(process) + process.labels.reduce((sum, label) => sum + 50 + 2 * label.length, 100);
}
