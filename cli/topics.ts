import type { Command } from "commander";

/** A noun with verbs, or a verb without a noun. */
export interface Topic {
  readonly name: string;
  readonly description: string;
  /** Of a noun, command lines that one begins with. A verb without a noun brings its own. */
  readonly examples?: readonly string[];
  /** Loads what adds its verbs, or its arguments, options and action, to the command that bears its name. */
  load(): Promise<(topic: Command) => void>;
}

/** All that the program can do, in the order of its help. What a topic consists of is loaded once somebody asks for it. */
export const TOPICS: readonly Topic[] = [
  {
    name: "policies",
    description: "what makes an agent start profiling, by service",
    examples: [
      "flashpoint policies validate -f policies/",
      "flashpoint --local policies plan -f policies/",
      "flashpoint --local policies apply -f policies/",
      "flashpoint --local policies list",
    ],
    load: async () => (await import("./policies/verbs.ts")).addPolicyVerbs,
  },
  {
    name: "status",
    description: "show on one screen how it all does: door, engines, agents, collectors, tasks, deliveries",
    load: async () => (await import("./status/status.ts")).addStatus,
  },
  {
    name: "doctor",
    description: "look at everything that can be wrong, from credentials to collectors, and say what to do",
    load: async () => (await import("./doctor/doctor.ts")).addDoctor,
  },
  {
    name: "why",
    description: "say why a service's policy fired or never did: policy, agents, values, triggers, deliveries",
    load: async () => (await import("./why/why.ts")).addWhy,
  },
  {
    name: "collectors",
    description: "who receives reported tasks and collected profiles",
    examples: [
      "flashpoint --local collectors set hook --url http://127.0.0.1:9000/",
      "flashpoint --local collectors test hook",
      "flashpoint --local collectors list",
    ],
    load: async () => (await import("./collectors/verbs.ts")).addCollectorVerbs,
  },
  {
    name: "tasks",
    description: "what agents reported, and where each delivery stands",
    examples: [
      "flashpoint --local tasks watch",
      "flashpoint --local tasks list --service checkout",
      "flashpoint --local tasks show 019b76da-a800-7000-8000-000000000001",
    ],
    load: async () => (await import("./tasks/verbs.ts")).addTaskVerbs,
  },
  {
    name: "deliveries",
    description: "where each delivery stands, and how to send those again that failed",
    examples: [
      "flashpoint --local deliveries list --status dead",
      "flashpoint --local deliveries redrive --collector hook --dry-run",
    ],
    load: async () => (await import("./deliveries/verbs.ts")).addDeliveryVerbs,
  },
  {
    name: "agents",
    description: "who watches which processes, and what is measured of them",
    examples: ["flashpoint --local agents list", "flashpoint --local agents show rover-1"],
    load: async () => (await import("./agents/verbs.ts")).addAgentVerbs,
  },
  {
    name: "tokens",
    description: "who may call, where tokens are required",
    examples: [
      "flashpoint --local tokens create cluster-a --expires 90d > token",
      "flashpoint --local tokens list",
      "flashpoint --local tokens revoke cluster-a",
    ],
    load: async () => (await import("./tokens/verbs.ts")).addTokenVerbs,
  },
  {
    name: "stack",
    description: "what a deployed stack says of itself",
    examples: ["flashpoint --stack flashpoint stack show"],
    load: async () => (await import("./stack/verbs.ts")).addStackVerbs,
  },
  {
    name: "completion",
    description: "print what makes a shell complete commands, options and names",
    load: async () => (await import("./completion/completion.ts")).addCompletion,
  },
];
