import { parseArgs } from "node:util";
import { InvalidInput } from "../../shared/errors.ts";
import type { FleetSettings } from "./fleet.ts";
import { SAVED_RUN } from "./measured-times.ts";
import { STANDARD_FLEET } from "./targets.ts";

/** What `npm run cost` was asked. */
export interface CostSettings {
  readonly fleet: FleetSettings;
  readonly hasEdge: boolean;
  /** Of the stack, by name; those of the edge apart, since a stack without one takes none of them. */
  readonly stackOptions: Readonly<Record<string, string>>;
  readonly edgeOptions: Readonly<Record<string, string>>;
  readonly hasFreeTier: boolean;
  /** File of the run that the measured times come from. */
  readonly run: string;
  readonly form: "text" | "json" | "help" | "assumptions";
}

const FLEET = STANDARD_FLEET;
/** Whole numbers, with what they may be; text says what the number is of. */
const NUMBERS = {
  agents: { least: 0, most: 1_000_000, standard: FLEET.agents, text: "Agents" },
  poll: { least: 1, most: 3_600, standard: FLEET.pollSeconds, text: "Seconds between two polls of an agent" },
  services: { least: 0, most: 100_000, standard: FLEET.services, text: "Services in the whole fleet" },
  tasks: { least: 0, most: 1_000_000, standard: FLEET.tasksPerDay, text: "Tasks that are reported a day" },
  collectors: {
    least: 0,
    most: 1_000,
    standard: FLEET.collectors,
    text: "Collectors, which get every task and profile",
  },
  tokens: { least: 1, most: 100_000, standard: FLEET.tokens, text: "Tokens that the agents use, between them" },
  "profile-kb": {
    least: 0,
    most: 100_000,
    standard: FLEET.profileKb,
    text: "Size of a profile in KB; 0 for no profiles",
  },
} as const;
type NumberName = keyof typeof NUMBERS;

/** Options of the stack that have one of their own here. */
const EDGE_OPTIONS = {
  "edge-tasks": { option: "edgeMinTasks", text: "Least number of the edge's tasks" },
  "edge-zones": { option: "edgeZones", text: "Zones that the edge stands in" },
  "edge-cpu": { option: "edgeCpu", text: "Processor of a task, in 1024ths" },
  "edge-memory": { option: "edgeMemory", text: "Memory of a task, in MiB" },
  "edge-connections": { option: "edgeMaxConnections", text: "Connections that a task takes" },
} as const;
type EdgeName = keyof typeof EDGE_OPTIONS;

/** @throws InvalidInput with every fault, or Error for what is no option, each naming the option. */
export function readSettings(args: readonly string[]): CostSettings {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const texts = Object.fromEntries([...Object.keys(NUMBERS), ...Object.keys(EDGE_OPTIONS)].map((name) => [name, text]));
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...(texts as Record<NumberName | EdgeName, typeof text>),
      calls: text,
      run: text,
      context: { ...text, multiple: true, short: "c" },
      edge: flag,
      "free-tier": flag,
      json: flag,
      assumptions: flag,
      help: { ...flag, short: "h" },
    },
  });
  const faults: { path: string; problem: string }[] = [];
  const fault = (path: string, problem: string): void => void faults.push({ path: `--${path}`, problem });
  const number = (name: NumberName): number => {
    const { least, most, standard } = NUMBERS[name];
    const given = values[name];
    if (given === undefined) return standard;
    const value = Number(given);
    if (!/^\d+$/.test(given) || value < least || value > most) {
      fault(name, `is "${given}"; it takes a whole number from ${least} to ${most}`);
    }
    return value;
  };
  const { calls = FLEET.calls } = values;
  if (calls !== "polls" && calls !== "all") fault("calls", `is "${calls}"; it takes polls or all`);
  const pairs = (values.context ?? []).map((pair): [string, string] => {
    const [name = "", ...value] = pair.split("=");
    if (value.length === 0) fault("context", `is "${pair}"; it takes an option of the stack as name=value`);
    if (name === "edge") fault("context", "is about edge, which is said by --edge here");
    return [name, value.join("=")];
  });
  const own = (Object.keys(EDGE_OPTIONS) as EdgeName[]).flatMap((name): [string, string][] => {
    const value = values[name];
    return value === undefined ? [] : [[EDGE_OPTIONS[name].option, value]];
  });
  const isOfEdge = ([name]: [string, string]): boolean => /^edge./.test(name);
  const settings: CostSettings = {
    fleet: {
      agents: number("agents"),
      pollSeconds: number("poll"),
      services: number("services"),
      tasksPerDay: number("tasks"),
      collectors: number("collectors"),
      tokens: number("tokens"),
      profileKb: number("profile-kb"),
      calls: calls === "all" ? "all" : "polls",
    },
    hasEdge: values.edge === true,
    stackOptions: Object.fromEntries(pairs.filter((pair) => !isOfEdge(pair))),
    edgeOptions: Object.fromEntries([...pairs.filter(isOfEdge), ...own]),
    hasFreeTier: values["free-tier"] === true,
    run: values.run ?? SAVED_RUN,
    form: values.help ? "help" : values.assumptions ? "assumptions" : values.json ? "json" : "text",
  };
  if (faults.length > 0) throw new InvalidInput("options", faults);
  return settings;
}

export function usage(): string {
  const numbers = Object.entries(NUMBERS).map(([name, { text, standard }]) =>
    line(`--${name} N`, `${text} (${standard})`),
  );
  const edges = Object.entries(EDGE_OPTIONS).map(([name, { option, text }]) =>
    line(`--${name} N`, `${text}: the stack's option ${option}`),
  );
  return [
    "Usage: npm run cost -- [--agents N] [--poll SECONDS] [--services N] [--tasks N] [--edge] …",
    "",
    "Says what a fleet costs a month on AWS: by list prices, by what the stack in infra/ has, and by the processor time that",
    "`npm run bench` measured. No bill was ever compared. In brackets stands what is taken if nothing is said.",
    "",
    ...numbers,
    line("--calls polls|all", "all counts every call of a Rover, and not polls alone (polls)"),
    line("--edge", "Agents call the gRPC edge, and not the function URL"),
    ...edges,
    line("-c, --context NAME=VALUE", "Any other option of the stack, as `npm run deploy` takes it"),
    line("--free-tier", "Takes off what an account has for nothing each month, for good"),
    line("--run FILE", "Saved run with the measured times (bench/page/run.json)"),
    line("--assumptions", "Says what is assumed, and why"),
    line("--json", "The same as JSON; where it is piped, npm run -s cost -- --json"),
    line("-h, --help", "This text"),
    "",
  ].join("\n");
}

function line(option: string, text: string): string {
  return `  ${option.padEnd(26)} ${text}`;
}
