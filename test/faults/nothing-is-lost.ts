import { localAws } from "../../server/local/local-aws.ts";
import { deadLetterQueueName, queueName, tableName } from "../../shared/resources.ts";
import { SECRET } from "../support/collectors.ts";
import { type Engines, openEngines } from "../support/engines.ts";
import { type Arrivals, createArrivals } from "./arrivals.ts";
import { type CollectorUnderFire, createCollectorUnderFire } from "./collector-under-fire.ts";
import { crankyReaction } from "./cranky.ts";
import { createFlaky } from "./flaky.ts";
import { judge, type Seen } from "./judgement.ts";
import { killWhile } from "./killer.ts";
import { waitUntil } from "./patience.ts";
import { putCollector } from "./put-collector.ts";
import { createRedeliveries } from "./redeliveries.ts";
import { createReportLoad } from "./report-load.ts";
import { seenTables } from "./seen-tables.ts";
import { createSentReports } from "./sent-reports.ts";
import { STACK, startServerUnderFire } from "./server-under-fire.ts";
import type { Stage, StageContext } from "./stage.ts";
import { steadyPort } from "./steady-port.ts";

/** Reports of this service go to the healthy collector only. */
const ALONE = "alone";
const EVERYBODY = "everybody";
/** Reports of a phase in which latency is measured, for each report of the run; and how many of them in a second. */
const MEASURED_PART = 0.015;
const MEASURED_PER_SECOND = 15;
const WARM_UP_REPORTS = 60;
const REPORTS_AT_ONCE = 16;

/** Thousands of reports, collectors that misbehave, a server that is killed again and again: does everything arrive? */
export const nothingIsLost: Stage = {
  name: "nothing-is-lost",
  question: "Does every report arrive, whatever fails and dies meanwhile?",
  async run(context) {
    const { reports, kills, chance, signal, tell, atEnd } = context;
    const stopping = new AbortController();
    const ending = AbortSignal.any([signal, stopping.signal]);
    const server = await startServerUnderFire(context);
    const aws = localAws(server.addresses.dynamodb, server.addresses.sqs);
    const engines = openEngines(aws);
    atEnd(engines.close);
    const { healthy, flaky, cranky, arrivals } = await openCollectors(context, aws);
    const sent = createSentReports();
    const load = createReportLoad({ ...server.addresses, sent, chance, signal });
    atEnd(load.close);

    const measured = Math.ceil(reports * MEASURED_PART);
    const phases = {
      warmUp: names("warm-up", WARM_UP_REPORTS),
      alone: names("alone", measured),
      together: names("together", measured),
      bulk: names("bulk", reports - measured),
    };
    const arrived = (least: number) => waitUntil(context, () => acceptedBy(arrivals.healthy) >= least);
    tell(`warming up with ${WARM_UP_REPORTS} reports`);
    await load.paced(phases.warmUp, ALONE, MEASURED_PER_SECOND);
    tell(`${measured} reports to the healthy collector alone`);
    await load.paced(phases.alone, ALONE, MEASURED_PER_SECOND);
    await arrived(sent.answers.size);

    const spells = flaky.run(ending);
    tell(`${measured} reports to all three`);
    await load.paced(phases.together, EVERYBODY, MEASURED_PER_SECOND);
    await arrived(sent.answers.size);

    tell(`${phases.bulk.length} reports to all three, ${kills} kills`);
    const queues = [queueName(STACK, "tasks"), queueName(STACK, "deliveries")];
    const redeliveries = createRedeliveries({ aws, queues, chance });
    const meddling = new AbortController();
    const meddled = redeliveries.run(AbortSignal.any([ending, meddling.signal]));
    const before = sent.answers.size;
    const progress = (): number => (sent.answers.size - before) / phases.bulk.length;
    await Promise.all([
      load.crowded(phases.bulk, EVERYBODY, REPORTS_AT_ONCE),
      killWhile({ server, kills, progress, chance, signal, tell }),
    ]);
    meddling.abort();
    await meddled;

    tell("every report has its answer; waiting for the last deliveries");
    await waitForDeliveries(context, engines, () => describeArrivals(arrivals));
    stopping.abort();
    await spells;
    const dead = [deadLetterQueueName(STACK, "tasks"), deadLetterQueueName(STACK, "deliveries")];
    const forAll = [...phases.together, ...phases.bulk];
    const seen: Seen = {
      sent,
      expected: { healthy: [...phases.warmUp, ...phases.alone, ...forAll], flaky: forAll, cranky: forAll },
      arrivals,
      records: await engines.scanTasks(tableName(STACK, "tasks")),
      aliases: await engines.scanAliases(tableName(STACK, "reports")),
      deadLetters: await countAll(engines, dead),
      leftInQueues: await countAll(engines, queues),
      downPart: flaky.downPart,
      twins: load.twins,
      redeliveries,
      kills,
      latencies: {
        alone: latenciesOf(arrivals.healthy, phases.alone),
        together: latenciesOf(arrivals.healthy, phases.together),
      },
    };
    await Promise.all([healthy, flaky.collector, cranky].map((collector) => collector.close()));
    context.print(seenTables(seen));
    return judge(seen);
  },
};

async function openCollectors({ chance, atEnd }: StageContext, aws: ReturnType<typeof localAws>) {
  const arrivals = { healthy: createArrivals(SECRET), flaky: createArrivals(SECRET), cranky: createArrivals(SECRET) };
  const port = (name: string): Promise<number> => steadyPort(chance, name);
  const healthy = createCollectorUnderFire({
    port: await port("healthy"),
    arrivals: arrivals.healthy,
    reaction: () => "accept",
  });
  const flaky = createFlaky({ port: await port("flaky"), arrivals: arrivals.flaky, chance });
  const cranky = createCollectorUnderFire({
    port: await port("cranky"),
    arrivals: arrivals.cranky,
    reaction: crankyReaction(chance),
  });
  const open = async (name: string, collector: CollectorUnderFire, services: string[]): Promise<void> => {
    await collector.open();
    atEnd(collector.close);
    await putCollector(aws, { name, url: collector.url, services });
  };
  await open("healthy", healthy, ["*"]);
  await open("flaky", flaky.collector, [EVERYBODY]);
  await open("cranky", cranky, [EVERYBODY]);
  return { healthy, flaky, cranky, arrivals };
}

/** Waits until every record's deliveries are delivered and the queues are empty, as long as there is patience. */
async function waitForDeliveries(context: StageContext, engines: Engines, progress: () => string): Promise<void> {
  let told = "";
  await waitUntil(context, async () => {
    const left = await countAll(engines, [queueName(STACK, "tasks"), queueName(STACK, "deliveries")]);
    const now = `${left} messages left; ${progress()}`;
    if (now !== told) context.tell(now);
    told = now;
    return left === 0;
  });
}

async function countAll(engines: Engines, queues: readonly string[]): Promise<number> {
  const counts = await Promise.all(queues.map((queue) => engines.countMessages(queue)));
  return counts.reduce((sum, count) => sum + count, 0);
}

function acceptedBy({ byEvent }: Arrivals): number {
  return byEvent.values().reduce((sum, { accepted }) => sum + Math.min(accepted, 1), 0);
}

function describeArrivals(arrivals: Readonly<Record<string, Arrivals>>): string {
  return Object.entries(arrivals)
    .map(([name, of]) => `${name} ${acceptedBy(of)}`)
    .join(", ");
}

function latenciesOf({ byEvent }: Arrivals, instances: readonly string[]): number[] {
  const wanted = new Set(instances);
  const arrived = byEvent.values().filter(({ instance, accepted }) => accepted > 0 && wanted.has(instance));
  return arrived.map(({ latencyMs }) => latencyMs).toArray();
}

function names(phase: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${phase}-${index}`);
}
