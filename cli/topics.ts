import type { Command } from "commander";

/** A noun with verbs, or a verb without a noun. */
export interface Topic {
  readonly name: string;
  readonly description: string;
  /** Loads what adds its verbs, or its arguments, options and action, to the command that bears its name. */
  load(): Promise<(topic: Command) => void>;
}

/** All that the program can do, in the order of its help. What a topic consists of is loaded once somebody asks for it. */
export const TOPICS: readonly Topic[] = [
  {
    name: "policies",
    description: "what makes an agent start profiling, by service",
    load: async () => (await import("./policies/verbs.ts")).addPolicyVerbs,
  },
  {
    name: "collectors",
    description: "who receives reported tasks and collected profiles",
    load: async () => (await import("./collectors/verbs.ts")).addCollectorVerbs,
  },
  {
    name: "tasks",
    description: "what agents reported, and where each delivery stands",
    load: async () => (await import("./tasks/verbs.ts")).addTaskVerbs,
  },
  {
    name: "deliveries",
    description: "where each delivery stands, and how to send those again that failed",
    load: async () => (await import("./deliveries/verbs.ts")).addDeliveryVerbs,
  },
  {
    name: "agents",
    description: "who watches which processes, and what is measured of them",
    load: async () => (await import("./agents/verbs.ts")).addAgentVerbs,
  },
  {
    name: "tokens",
    description: "who may call, where tokens are required",
    load: async () => (await import("./tokens/verbs.ts")).addTokenVerbs,
  },
  {
    name: "stack",
    description: "what a deployed stack says of itself",
    load: async () => (await import("./stack/verbs.ts")).addStackVerbs,
  },
  {
    name: "status",
    description: "show on one screen how it all does: door, engines, agents, collectors, tasks, deliveries",
    load: async () => (await import("./status/status.ts")).addStatus,
  },
  {
    name: "why",
    description: "say why a service's policy fired or never did: policy, agents, values, triggers, deliveries",
    load: async () => (await import("./why/why.ts")).addWhy,
  },
  {
    name: "completion",
    description: "print what makes a shell complete commands, options and names",
    load: async () => (await import("./completion/completion.ts")).addCompletion,
  },
];
