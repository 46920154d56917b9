import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { StoredAgent, StoredProcess } from "../agent/agent-item.ts";
import type { AgentStore } from "../agent/agent-store.ts";
import type { Pause } from "../collectors/collector-health.ts";
import type { CollectorStore } from "../collectors/collector-store.ts";
import type { EventKind } from "../collectors/event-kind.ts";
import { recipientOf, wants } from "../collectors/recipient.ts";
import type { StoredPolicy } from "../policies/policy-item.ts";
import { type PolicyStore, serviceNameOf } from "../policies/policy-store.ts";
import type { ProfileRecord } from "../profiles/profile-item.ts";
import type { ProfileStore } from "../profiles/profile-store.ts";
import type { ActiveTasks } from "../tasks/active-tasks.ts";
import type { BudgetStore } from "../tasks/budget-store.ts";
import type { TaskRecord } from "../tasks/task-item.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { isHeard } from "./heard-agents.ts";
import { type LiveAnswer, withLive } from "./live-answer.ts";

/** An agent as far as it watches processes of the service. */
export interface WatchingAgent {
  readonly agentId: string;
  /** When it was heard last, as of the last write: up to five minutes too old. ISO 8601. */
  readonly seenAt: string;
  readonly processes: readonly StoredProcess[];
}

/** A trigger with what became of it. */
export interface TriggeredTask extends TaskRecord {
  /** Of the newest tasks only, oldest first. */
  readonly profiles?: readonly ProfileRecord[];
}

/** All that is known of why a service was profiled or was not. */
export interface ServiceFacts {
  readonly serviceName: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Undefined: there is none. */
  readonly policy: StoredPolicy | undefined;
  /** Where there is none, the services that have one. */
  readonly otherPolicies: readonly string[];
  /** Agents that watch the service now, with what was measured lately. */
  readonly agents: readonly WatchingAgent[];
  /** Agents that watched the service when they were heard last, which is longer ago than SILENT_MS of heard-agents.ts. */
  readonly silentAgents: readonly WatchingAgent[];
  /** How many agents are heard now, whatever they watch. */
  readonly heardAgents: number;
  /** Names of the services that they watch. */
  readonly heardServices: readonly string[];
  /** Triggers of the last TRIGGER_HOURS, newest first, MAX_TASKS at most. */
  readonly tasks: readonly TriggeredTask[];
  /** Tasks that take a place in the policy's budget now, by target; none without a budget. */
  readonly activeTasks: ReadonlyMap<string, ActiveTasks>;
  /** Names of the collectors that take new tasks of the service, and of those that take new profiles. */
  readonly collectors: Readonly<Record<EventKind, readonly string[]>>;
  /** Names of all collectors, whatever they take: a delivery may be to one that was deleted since. */
  readonly existingCollectors: readonly string[];
  /** Names of those that get nothing until somebody has mended them. */
  readonly invalidCollectors: readonly string[];
  /** Those whose events go to the dead letters until somebody resumes them, by name. */
  readonly pausedCollectors: ReadonlyMap<string, Pause>;
  /** Undefined: no server was asked for values as they are now. */
  readonly live: LiveAnswer | undefined;
}

/** How far back triggers count. */
export const TRIGGER_HOURS = 48;
export const MAX_TASKS = 1_000;
/** Of how many of them the profiles are looked at. */
const TASKS_WITH_PROFILES = 5;

/** @throws Unavailable if DynamoDB does not tell. */
export async function gatherFacts(
  serviceName: string,
  sources: {
    policyStore: Pick<PolicyStore, "get" | "list">;
    agentStore: Pick<AgentStore, "list">;
    taskStore: Pick<TaskStore, "list">;
    budgetStore: Pick<BudgetStore, "active">;
    profileStore: Pick<ProfileStore, "list">;
    collectorStore: Pick<CollectorStore, "list">;
    live?: LiveAnswer | undefined;
    now?: number;
  },
): Promise<ServiceFacts> {
  const { policyStore, agentStore, taskStore, budgetStore, profileStore, collectorStore } = sources;
  const { live, now = Date.now() } = sources;
  const [policy, agents, recorded, collectors] = await Promise.all([
    policyStore.get(serviceName),
    agentStore.list(),
    taskStore.list({ serviceName, limit: MAX_TASKS }),
    collectorStore.list(),
  ]);
  const otherPolicies = policy === undefined ? (await policyStore.list()).map(serviceNameOf) : [];
  const hasBudget = policy?.state === "valid" && policy.policy.budget !== undefined;
  const recent = recorded.filter(({ task }) => reportedAt(task) > now - TRIGGER_HOURS * 3_600_000);
  const tasks = recent.map(async (record, index): Promise<TriggeredTask> => {
    if (index >= TASKS_WITH_PROFILES) return record;
    return { ...record, profiles: await profileStore.list(record.task.taskId) };
  });
  const heard = agents.filter((agent) => isHeard(agent, now));
  const watching = agents.flatMap((agent) => watchingAgent(agent, { serviceName, live, now }) ?? []);
  const takers = (event: EventKind): string[] =>
    collectors
      .filter(({ name, item }) => wants(recipientOf(name, item), event, { serviceName }))
      .map(({ name }) => name);
  return {
    serviceName,
    now,
    policy,
    otherPolicies,
    agents: watching.filter((agent) => isHeard(agent, now)),
    silentAgents: watching.filter((agent) => !isHeard(agent, now)),
    heardAgents: heard.length,
    heardServices: [...new Set(heard.flatMap(({ processes }) => processes.map((process) => process.serviceName)))],
    tasks: await Promise.all(tasks),
    activeTasks: hasBudget ? await budgetStore.active(serviceName) : new Map(),
    collectors: { tasks: takers("tasks"), profiles: takers("profiles") },
    existingCollectors: collectors.map(({ name }) => name),
    invalidCollectors: collectors.filter(({ ok }) => !ok).map(({ name }) => name),
    pausedCollectors: new Map(
      collectors.flatMap(({ name, health: { paused } }) => (paused === undefined ? [] : [[name, paused] as const])),
    ),
    live,
  };
}

/** When a task was reported, in ms since the epoch. */
export function reportedAt(task: TaskRecord["task"]): number {
  return task.reportedAt === undefined ? 0 : timestampMs(task.reportedAt);
}

/** @returns undefined if the agent watches no process of the service. */
function watchingAgent(
  { agentId, seenAt, processes }: StoredAgent,
  { serviceName, live, now }: Pick<ServiceFacts, "serviceName" | "live" | "now">,
): WatchingAgent | undefined {
  const own = processes.filter((process) => process.serviceName === serviceName);
  if (own.length === 0) return undefined;
  return { agentId, seenAt, processes: withLive(own, { live, now }) };
}
