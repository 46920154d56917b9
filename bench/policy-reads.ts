import { BatchGetCommand, type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { openAgentPorts } from "../server/agent-ports.ts";
import { createGrpcCaller, type GrpcCaller } from "../server/demo/grpc-caller.ts";
import { createPrometheusMetrics } from "../server/http/prometheus.ts";
import { reachableAt } from "../server/listening.ts";
import { startLocalEngines } from "../server/local/local-engines.ts";
import { createAwsClients } from "../shared/aws/clients.ts";
import { loadConfig } from "../shared/config.ts";
import { ContinuousProfilingService } from "../shared/gen/ebpf/profiling/Continuous_pb.js";
import { createLogger } from "../shared/log.ts";
import type { PolicyTargets } from "../shared/policies/policy.ts";
import { policyUuid } from "../shared/policies/policy-uuid.ts";
import { tableName } from "../shared/resources.ts";
import { createServices } from "../shared/services.ts";
import { type CountedEngine, countedEngine } from "./engine-reads.ts";
import type { Figure, Measurement } from "./figure.ts";
import { localSettings } from "./local-settings.ts";
import { fraction, pollPhases, pollsInOrder } from "./simulation/agents-polls.ts";

const SIZES = [10, 100, 1_000];
const SERVICES = 50;
/** Services of an agent that does not watch all of them, chosen for each agent by itself. */
const FEW = 5;
const WARM_UP_MS = 20_000;
const COUNTED_MS = 60_000;
/** How old what a process has read is at most (FLASHPOINT_POLICY_CACHE_MS). */
const POLICY_CACHE_MS = 2_000;
/** What the design asks: polls are to cost next to nothing. */
const MOST_PER_1000_POLLS = 5;

interface ServicePolicy {
  readonly serviceName: string;
  readonly targets: PolicyTargets;
}

/**
 * What polls cost in reads. It goes by time, not by polls: an agent that hears of an edit within 12 s, polling every 10 s,
 * has to be answered from what was read within the last 2 s. So there have to be as many reads as it takes spans of 2 s to
 * cover all polls: up to 30 a minute, whatever the number of agents, and of few agents' polls each span has few.
 */
export const policyReads: Figure = {
  name: "policy-reads",
  meaning: `DynamoDB reads, counted in front of the engine, for agents that poll every 10 s (simulated time), ${SERVICES} services in all`,
  async measure(tell) {
    const clock = { ms: 1_000_000 };
    const epochMs = Date.now();
    const config = loadConfig(localSettings(), { FLASHPOINT_POLICY_CACHE_MS: String(POLICY_CACHE_MS) });
    const engines = await startLocalEngines(config);
    const engine = await countedEngine(engines.aws.dynamodbEndpoint);
    const metrics = createPrometheusMetrics();
    const aws = createAwsClients({ ...engines.aws, dynamodbEndpoint: engine.endpoint });
    const services = createServices({
      config,
      log: createLogger(config.logLevel, process.stderr),
      metrics,
      aws,
      now: () => epochMs + clock.ms,
      monotonicNow: () => clock.ms,
    });
    const ports = await openAgentPorts(config, services, metrics);
    const grpc = createGrpcCaller(reachableAt(ports.grpc));
    try {
      for (const { serviceName, targets } of POLICIES)
        await services.policyStore.put(serviceName, targets, { updatedBy: "bench" });
      const measurements: Measurement[] = await onceEach(aws.documents, config.stack, engine);
      for (const asking of ASKING) {
        for (const agents of SIZES) {
          measurements.push(...(await readsOf({ agents, asking, clock, grpc, engine })));
          tell(`${agents} agents, ${asking.text}`);
        }
      }
      return { measurements };
    } finally {
      grpc.close();
      await ports.close(0);
      services.close();
      await engine.close();
      await engines.close();
    }
  },
};

const POLICIES: readonly ServicePolicy[] = Array.from({ length: SERVICES }, (_, index) => ({
  serviceName: `shop::service-${index + 1}`,
  targets: {
    ON_CPU: { PROCESS_CPU: { threshold: String(index + 1), period: 10, count: 3, uriList: [], uriRegex: "" } },
  },
}));

interface Asking {
  readonly text: string;
  /** Whether the targets are for it. */
  readonly isAsked: boolean;
  asksOf(agent: number): readonly ServicePolicy[];
}

const ASKING: readonly Asking[] = [
  // A read of any service is a read of all: the least reads there can be, each of them the largest.
  { text: `each asks for all ${SERVICES}`, isAsked: true, asksOf: () => POLICIES },
  // As fleets are. It lets services grow old one after the other, and be read one by one, if nothing keeps them together.
  {
    text: `each asks for its own ${FEW}`,
    isAsked: false,
    asksOf(agent) {
      const place = ({ serviceName }: ServicePolicy): number => fraction(`${agent} ${serviceName}`);
      return POLICIES.toSorted((a, b) => place(a) - place(b)).slice(0, FEW);
    },
  },
];

/** What all policies cost, read by their names, as polls read them, and as the whole table, which grows with what else is in it. */
async function onceEach(
  documents: DynamoDBDocumentClient,
  stack: string,
  engine: CountedEngine,
): Promise<Measurement[]> {
  const TableName = tableName(stack, "policies");
  engine.take();
  const Keys = POLICIES.map(({ serviceName }) => ({ serviceName }));
  await documents.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys } } }));
  const { units: byName } = engine.take();
  await documents.send(new ScanCommand({ TableName }));
  const { units: whole } = engine.take();
  return [
    { what: `all ${SERVICES} services once, by their names`, value: byName, unit: "read units" },
    { what: `all ${SERVICES} services once, by a scan of the table`, value: whole, unit: "read units" },
  ];
}

async function readsOf(options: {
  agents: number;
  asking: Asking;
  clock: { ms: number };
  grpc: GrpcCaller;
  engine: CountedEngine;
}): Promise<Measurement[]> {
  const { agents, asking, clock, grpc, engine } = options;
  const queries = Array.from({ length: agents }, (_, agent) => ({
    policies: asking.asksOf(agent).map(({ serviceName, targets }) => ({ serviceName, uuid: policyUuid(targets) })),
  }));
  const fromMs = clock.ms + WARM_UP_MS; // nothing of the round before is remembered
  const countedMs = fromMs + WARM_UP_MS;
  let polls = 0;
  for (const { atMs, agent } of pollsInOrder(pollPhases(agents, asking.text), {
    fromMs,
    toMs: countedMs + COUNTED_MS,
  })) {
    if (atMs >= countedMs && polls++ === 0) engine.take();
    clock.ms = atMs;
    await grpc.call(ContinuousProfilingService.method.queryPolicies, queries[agent] ?? {});
  }
  const { requests, units } = engine.take();
  const minutes = COUNTED_MS / 60_000;
  const what = `${agents.toLocaleString("en")} agents, ${asking.text}`;
  return [
    {
      what: `${what}: per 1,000 polls`,
      value: (1_000 * requests) / polls,
      unit: "reads",
      ...(asking.isAsked && { atMost: MOST_PER_1000_POLLS }),
    },
    { what: `${what}: a minute`, value: requests / minutes, unit: "reads" },
    { what: `${what}: read units a minute`, value: units / minutes, unit: "units" },
  ];
}
