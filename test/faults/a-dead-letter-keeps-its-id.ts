import { localAws } from "../../server/local/local-aws.ts";
import { deadLetterQueueName, tableName } from "../../shared/resources.ts";
import { SECRET } from "../support/collectors.ts";
import { openEngines } from "../support/engines.ts";
import { runProgram } from "../support/server-process.ts";
import { table } from "../support/table.ts";
import { createArrivals } from "./arrivals.ts";
import { createCollectorUnderFire, type Reaction } from "./collector-under-fire.ts";
import { waitUntil } from "./patience.ts";
import { putCollector } from "./put-collector.ts";
import { createReportLoad } from "./report-load.ts";
import { createSentReports } from "./sent-reports.ts";
import { STACK, startServerUnderFire } from "./server-under-fire.ts";
import type { Stage } from "./stage.ts";
import { steadyPort } from "./steady-port.ts";

const NAME = "mended";
const REPORTS = 10;
const PER_SECOND = 10;

/** A collector refuses everything, is mended, and the operator sends its dead letters on their way again. */
export const aDeadLetterKeepsItsId: Stage = {
  name: "a-dead-letter-keeps-its-id",
  question: "Does what is redriven come with its first id?",
  async run(context) {
    const { chance, signal, tell, atEnd } = context;
    const server = await startServerUnderFire(context);
    const aws = localAws(server.addresses.dynamodb, server.addresses.sqs);
    const engines = openEngines(aws);
    atEnd(engines.close);
    const arrivals = createArrivals(SECRET);
    let reaction: Reaction = "404";
    const port = await steadyPort(chance, NAME);
    const collector = createCollectorUnderFire({ port, arrivals, reaction: () => reaction });
    await collector.open();
    atEnd(collector.close);
    await putCollector(aws, { name: NAME, url: collector.url, services: ["*"] });
    const sent = createSentReports();
    const load = createReportLoad({ ...server.addresses, sent, chance, signal });
    atEnd(load.close);

    const instances = Array.from({ length: REPORTS }, (_, index) => `refused-${index}`);
    await load.paced(instances, "checkout", PER_SECOND);
    const deadLetters = (): Promise<number> => engines.countMessages(deadLetterQueueName(STACK, "deliveries"));
    await waitUntil(context, async () => (await deadLetters()) === REPORTS);
    const died = await deadLetters();
    const firstIds = new Set(arrivals.byEvent.keys());
    tell(`${died} dead letters; the collector is mended, redriving`);

    reaction = "accept";
    const env = { AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint, AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint };
    const args = ["cli/main.ts", "--local", "deliveries", "redrive", "--collector", NAME];
    const { code, stdout, stderr } = await runProgram(args, { env });
    if (code !== 0) throw new Error(`redrive ended with ${code}: ${stderr}`);
    const arrived = (): number =>
      arrivals.byEvent
        .values()
        .filter(({ accepted }) => accepted > 0)
        .toArray().length;
    await waitUntil(context, () => arrived() >= REPORTS);
    const isDelivered = async (): Promise<boolean> =>
      (await engines.scanTasks(tableName(STACK, "tasks"))).every(({ statuses }) => statuses[NAME] === "delivered");
    await waitUntil(context, isDelivered);

    const left = await deadLetters();
    const kept = [...arrivals.byEvent].filter(([id, { accepted }]) => accepted > 0 && firstIds.has(id)).length;
    const faults = arrivals.faults.values().reduce((sum, count) => sum + count, 0);
    context.print(
      table(
        ["what happened", "events"],
        [
          ["refused with 404, put to the dead letters", died],
          ["taken once it was mended, under the id of before", kept],
          ["taken under another id", arrived() - kept],
          ["dead letters left", left],
        ],
      ),
    );
    context.print(stdout);
    return [
      {
        promise: "a refused event lies in the dead letters at once",
        measured: `${died} of ${REPORTS}`,
        isHeld: died === REPORTS,
      },
      {
        promise: "redriven, it arrives with its first webhook-id, CloudEvent id and body",
        measured: `${kept} of ${REPORTS}, ${arrivals.byEvent.size} ids in all, ${faults} faults`,
        isHeld: kept === REPORTS && arrivals.byEvent.size === REPORTS && faults === 0,
      },
      {
        promise: "no dead letter is left, and its record says delivered",
        measured: `${left} left`,
        isHeld: left === 0 && (await isDelivered()),
      },
    ];
  },
};
