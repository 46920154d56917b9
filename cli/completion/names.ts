import type { Command } from "commander";
import type { Stores } from "../stores.ts";
import type { Candidate } from "./candidate.ts";

/** How long whoever presses TAB waits for names; who gets none sees none. */
export const PATIENCE_MS = 1_000;
/** A list that is longer is no help. */
const MOST = 500;
const NEWEST_TASKS = 50;

type Reader = (stores: Stores) => Promise<Candidate[]>;

const SERVICES: Reader = async ({ policyStore, agentStore }) => {
  const [policies, agents] = await Promise.all([policyStore.list(), agentStore.list()]);
  const ofPolicies = policies.map((stored) =>
    stored.state === "valid" ? stored.policy.serviceName : stored.serviceName,
  );
  const ofAgents = agents.flatMap(({ processes }) => processes.map(({ serviceName }) => serviceName));
  const withPolicy = new Set(ofPolicies);
  return [...new Set([...ofPolicies, ...ofAgents])]
    .sort()
    .map((word) => ({ word, description: withPolicy.has(word) ? "has a policy" : "watched by an agent" }));
};

const COLLECTORS: Reader = async ({ collectorStore }) =>
  (await collectorStore.list()).map((stored) => ({
    word: stored.name,
    description: stored.ok ? stored.collector.kind : "invalid",
  }));

const TOKENS: Reader = async ({ tokenStore }) => {
  const [{ tokenState }, { tokenId }] = await Promise.all([
    import("../../shared/access/stored-token.ts"),
    import("../../shared/access/token.ts"),
  ]);
  const active = (await tokenStore.list()).filter((token) => tokenState(token, Date.now()) === "active");
  const names = [...new Set(active.map(({ name }) => name))].map((word) => ({ word, description: "token in force" }));
  return [...names, ...active.map(({ tokenHash, name }) => ({ word: tokenId(tokenHash), description: `of ${name}` }))];
};

const TASKS: Reader = async ({ taskStore }) => {
  const [{ timestampMs }, { targetName }, { ageText }] = await Promise.all([
    import("@bufbuild/protobuf/wkt"),
    import("../../shared/tasks/task.ts"),
    import("../../shared/diagnosis/age-text.ts"),
  ]);
  return (await taskStore.list({ limit: NEWEST_TASKS })).map(({ task }) => {
    const age = task.reportedAt === undefined ? "" : `, ${ageText(timestampMs(task.reportedAt), Date.now())}`;
    return { word: task.taskId, description: `${task.serviceName} ${targetName(task)}${age}` };
  });
};

const AGENTS: Reader = async ({ agentStore }) =>
  (await agentStore.list()).map(({ agentId, processes }) => ({
    word: agentId,
    description: processes.length === 1 ? "1 process" : `${processes.length} processes`,
  }));

/** By the noun and the name of its argument, or by what an argument or option is called wherever it is. */
const READERS: Readonly<Record<string, Reader>> = {
  "collectors name": COLLECTORS,
  "tokens name": TOKENS,
  service: SERVICES,
  collector: COLLECTORS,
  task: TASKS,
  agent: AGENTS,
};

/**
 * The names that an argument or option may have, as far as the engines say them in time.
 * @throws if they do not.
 */
export async function namesFor(name: string, command: Command, typed: string): Promise<Candidate[]> {
  const read = READERS[`${command.parent?.name()} ${name}`] ?? READERS[name];
  if (read === undefined || `${command.parent?.name()} ${command.name()}` === "tokens create") return [];
  const { withStores } = await import("../stores.ts");
  const inTime = AbortSignal.timeout(PATIENCE_MS);
  const late = new Promise<never>((_, reject) => {
    inTime.addEventListener("abort", () => reject(inTime.reason));
  });
  const found = await Promise.race([withStores(command, read), late]);
  return found.filter(({ word }) => word.startsWith(typed)).slice(0, MOST);
}
