import { createQueueReader } from "../../../shared/aws/queue-reader.ts";
import { awayText } from "../../../shared/diagnosis/away-text.ts";
import { queueName } from "../../../shared/resources.ts";
import type { Line, Sources } from "../line.ts";
import { withinPatience } from "../patience.ts";

interface EngineFacts {
  name: string;
  answers: boolean;
  /** How long a read took; null if it does not answer. */
  ms: number | null;
  trouble: string | null;
}

/** Whether what Flashpoint is built on answers, by a read of each. */
export const engines: Line<EngineFacts[]> = {
  name: "engines",
  gather: (sources) => Promise.all(Object.entries(READS).map(([name, read]) => ask(name, () => read(sources)))),
  show(engines, { commandLine }) {
    const texts = engines.map(
      ({ name, ms, trouble }) => `${name} ${trouble === null ? `${ms} ms` : `away: ${trouble}`}`,
    );
    if (engines.every(({ answers }) => answers)) return { state: "good", text: texts.join(", ") };
    return { state: "bad", text: texts, advice: commandLine("doctor") };
  },
};

/** The first read loads code and opens a connection; the quicker of two says what the engine takes. */
async function ask(name: string, read: () => Promise<unknown>): Promise<EngineFacts> {
  let ms = Number.POSITIVE_INFINITY;
  const timed = async (): Promise<void> => {
    const startedAt = performance.now();
    await read();
    ms = Math.min(ms, Math.round(performance.now() - startedAt));
  };
  const trouble = await withinPatience(name, async () => {
    await timed();
    await timed();
  }).then(
    () => null,
    (error) => awayText(error, name),
  );
  return { name, answers: trouble === null, ms: trouble === null ? ms : null, trouble };
}

const READS: Readonly<Record<string, (sources: Sources) => Promise<unknown>>> = {
  DynamoDB: ({ policyStore }) => policyStore.getMany(["readiness"]),
  SQS: ({ sqs, stack }) => createQueueReader(sqs, queueName(stack, "tasks")).count(),
  S3: async ({ aws, config }) => {
    const { bucketAnswers } = await import("../../../shared/diagnosis/bucket-answers.ts");
    return bucketAnswers(aws.s3Reader, config.profileBucket);
  },
};
