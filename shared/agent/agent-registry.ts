import { LRUCache } from "lru-cache";
import { withinDeadline } from "../aws/deadline.ts";
import { errorText, Unavailable } from "../errors.ts";
import { lazily } from "../lazily.ts";
import type { Logger } from "../log.ts";
import { createNews } from "../news.ts";
import type { StoredAgent, StoredProcess } from "./agent-item.ts";
import type { AgentStore } from "./agent-store.ts";
import type { MeasuredValues } from "./measured-values.ts";
import { processIdOf } from "./process-id.ts";
import { afterKeepAlive, afterReport, fingerprint, withStored } from "./process-set.ts";
import { valuesToStore } from "./values-to-store.ts";
import type { ProcessNames, WatchedProcess } from "./watched-process.ts";
import { afterWrite, type LastWrite, WRITE_EVERY_MS, writeDueAt } from "./write-budget.ts";

/**
 * Remembers which agent watches what. An agent says it every 20 seconds; it is written as write-budget.ts allows,
 * counted over all servers that the agent talks to.
 */
export interface AgentRegistry {
  /** Some processes of the agent, with pids. Never fails; resolves once what had to be stored is stored or given up. */
  reported(agentId: string, processes: readonly WatchedProcess[]): Promise<void>;
  /** All processes of the agent but those reported just before. Ends like `reported`. */
  keptAlive(agentId: string, processes: readonly WatchedProcess[]): Promise<void>;
  /** What a process is called, if an agent has named it to this server lately. */
  processNames(processId: string): ProcessNames | undefined;
}

/** How long a failed write is left alone. */
const RETRY_AFTER_MS = 60_000;
/** A write that another server's has overtaken is thought over once; then the agent's next call does. */
const TRIES = 2;
const AGENTS = { max: 10_000, maxSize: 128 * 1_024 * 1_024 };
const NAMES = { max: 100_000, maxSize: 64 * 1_024 * 1_024 };

interface Agent {
  processes: WatchedProcess[];
  /** When all of them were named last; 0 while this server has heard only reports, which may lack others. */
  keptAliveAt: number;
  /** Fingerprint of what is stored; undefined until it was looked up. */
  stored: string | undefined;
  /** By whichever server. */
  lastWrite: LastWrite;
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
  // Made with room for all that they may hold, which takes longer than anything else when a process starts.
  const names = lazily(() => new LRUCache<string, ProcessNames>({ ...NAMES, sizeCalculation: bytesOfNames }));
  const agents = lazily(
    () =>
      new LRUCache<string, Agent>({
        ...AGENTS,
        sizeCalculation: ({ processes }) => processes.reduce((sum, process) => sum + bytesOf(process), 1_000),
      }),
  );

  async function heard(agentId: string, change: (agent: Agent) => WatchedProcess[]): Promise<void> {
    const agent = agents().get(agentId) ?? unknownAgent();
    agent.processes = change(agent);
    agent.processes.forEach(remember);
    agents().set(agentId, agent); // its size has changed
    agent.syncing ??= sync(agentId, agent).finally(() => {
      agent.syncing = undefined;
    });
    await agent.syncing;
  }

  function remember({ layer, serviceName, instanceName, processName }: ProcessNames): void {
    const process = { layer, serviceName, instanceName, processName };
    names().set(processIdOf(process), process);
  }

  async function sync(agentId: string, agent: Agent): Promise<void> {
    const at = now();
    const hasChanged = fingerprint(agent.processes) !== agent.stored;
    if (at < agent.retryAt || at < writeDueAt(agent.lastWrite, hasChanged)) return;
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

  /** Learns what is stored, and writes if that is due. @returns false if another write came between. */
  async function settle(agentId: string, agent: Agent): Promise<boolean> {
    const found = await store.find(agentId);
    const at = now();
    const stored = found.agent?.processes.map(({ values, ...process }) => process) ?? [];
    const storedAt = found.agent === undefined ? 0 : Date.parse(found.agent.seenAt);
    const knowsReportsOnly = agent.stored === undefined && agent.keptAliveAt === 0;
    agent.processes = knowsReportsOnly
      ? afterReport(stored, agent.processes, { now: at, keptAliveAt: storedAt })
      : withStored(agent.processes, stored, agent.keptAliveAt);
    const { processes } = agent;
    const [print, storedPrint] = [fingerprint(processes), fingerprint(stored)];
    const lastWrite = lastWriteOf(found.agent, at);
    const isDue = at >= writeDueAt(lastWrite, print !== storedPrint);
    const written = isDue ? afterWrite(lastWrite, at) : lastWrite;
    if (isDue) {
      const { budgetFullAt } = written;
      const seenAt = new Date(at).toISOString();
      const next = { agentId, seenAt, budgetFullAt, processes: processes.map(withValues) };
      if (!(await store.put(next, found))) return false;
    }
    if (knowsReportsOnly) agent.keptAliveAt = Math.max(agent.keptAliveAt, storedAt);
    agent.stored = isDue ? print : storedPrint;
    agent.lastWrite = written;
    return true;
  }

  function withValues(process: WatchedProcess): StoredProcess {
    return { ...process, values: valuesToStore(measured.ofProcess(process)) };
  }

  return {
    reported: (agentId, processes) =>
      heard(agentId, ({ processes: known, keptAliveAt }) => afterReport(known, processes, { now: now(), keptAliveAt })),
    keptAlive: (agentId, processes) =>
      heard(agentId, (agent) => {
        agent.keptAliveAt = now();
        return afterKeepAlive(agent.processes, processes, now());
      }),
    processNames: (processId) => names().get(processId),
  };
}

/** What the log's news is about when no agent in particular is at fault. */
const ENGINE = "";

function unknownAgent(): Agent {
  const lastWrite = { writtenAt: 0, budgetFullAt: 0 };
  return { processes: [], keptAliveAt: 0, stored: undefined, lastWrite, retryAt: 0, syncing: undefined };
}

/** A write counts for five minutes from its time on, or up to it: clocks of servers may differ a little. */
function lastWriteOf(agent: StoredAgent | undefined, now: number): LastWrite {
  const writtenAt = agent === undefined ? 0 : Date.parse(agent.seenAt);
  const counts = Math.abs(now - writtenAt) < WRITE_EVERY_MS;
  return { writtenAt: counts ? writtenAt : 0, budgetFullAt: agent?.budgetFullAt ?? 0 };
}

/** Memory taken, about: two bytes a character, and the objects around them. */
function bytesOfNames({ layer, serviceName, instanceName, processName }: ProcessNames): number {
  return 200 + 2 * (layer.length + serviceName.length + instanceName.length + processName.length);
}

function bytesOf(process: WatchedProcess): number {
  return bytesOfNames(process) + process.labels.reduce((sum, label) => sum + 50 + 2 * label.length, 100);
}
