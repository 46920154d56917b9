import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DeleteMessageBatchCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { create, toBinary } from "@bufbuild/protobuf";
import type { SQSEvent } from "aws-lambda";
import type { FunctionName } from "../../infra/bundle.ts";
import {
  ContinuousProfilingReportSchema,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { QUEUES, type QueueId, queueName } from "../../shared/resources.ts";
import { POLICIES } from "../unchanged-poll.ts";
import type { Undo } from "../undo.ts";
import type { FunctionEngines } from "./engines.ts";
import { type FunctionChild, startFunction } from "./function-child.ts";
import { IN_PROTOCOL, urlEvent } from "./url-event.ts";
import { writeBundle } from "./write-bundle.ts";

/** Processor time that a report takes in each function, in µs. */
export interface ReportTimes {
  readonly agentApi: number;
  readonly taskDispatcher: number;
  readonly taskForwarder: number;
}

/** Carries reports from the agents' door to a webhook, each step by its own function. */
export interface ReportFlow {
  /** @throws unless every report reached the webhook. */
  carry(reports: number): Promise<ReportTimes>;
}

const STACK = "flashpoint";
const RECEIVE_MS = 20_000;
const { reportProfilingTask } = ContinuousProfilingService.method;
const REPORT_PATH = `/${ContinuousProfilingService.typeName}/${reportProfilingTask.name}`;

/**
 * A report is written to SQS by the first function; from there this process takes it, as Lambda's pollers do, and hands
 * full batches to the other two. Batches are smaller where few reports come, and a report dearer then.
 * @param undo gets each step as it is taken: a start that fails half way is undone too.
 */
export async function startReportFlow(
  engines: FunctionEngines,
  agentApi: FunctionChild,
  folder: string,
  undo: Pick<Undo, "add">,
): Promise<ReportFlow> {
  const { aws, token, variables, stores } = engines;
  const webhook = await startWebhook();
  undo.add(webhook.close);
  await stores.collectorStore.put({
    kind: "webhook",
    name: "hook",
    url: webhook.url,
    enabled: true,
    services: ["*"],
    targets: ["ON_CPU", "OFF_CPU", "NETWORK"],
    headers: {},
    timeoutSeconds: 10,
    events: ["tasks"],
    mode: "structured",
    secret: `whsec_${Buffer.alloc(24, 7).toString("base64")}`,
  });
  const start = async (name: FunctionName, more: Record<string, string> = {}): Promise<FunctionChild> => {
    const { file } = await writeBundle(`functions/${name}/handler.ts`, join(folder, name));
    const started = await startFunction(file, { ...variables, ...more });
    undo.add(started.stop);
    return started;
  };
  const dispatcher = await start("task-dispatcher");
  const forwarder = await start("task-forwarder", { FLASHPOINT_COLLECTOR_NETWORKS: "127.0.0.0/8" });
  const sqs = new SQSClient({ endpoint: aws.sqsEndpoint, region: aws.region, credentials: aws.credentials });
  undo.add(() => sqs.destroy());
  let made = 0;

  /** Hands what a queue holds to its function, a full batch at a time. @returns processor time a message, in µs. */
  async function workOff(id: QueueId, worker: FunctionChild, messages: number): Promise<number> {
    const events: string[] = [];
    const bodies = await receive(sqs, queueName(STACK, id), messages);
    const { batchSize } = QUEUES[id];
    for (let at = 0; at < bodies.length; at += batchSize) {
      events.push(JSON.stringify(sqsEvent(bodies.slice(at, at + batchSize))));
    }
    const { processorUs, last } = await worker.work({ events });
    if (last !== '{"batchItemFailures":[]}') throw new Error(`a batch of ${id} was answered ${last}`);
    return processorUs / messages;
  }

  return {
    async carry(reports) {
      const before = webhook.received();
      const events = Array.from({ length: reports }, () => JSON.stringify(reportEvent(token, made++)));
      const { processorUs } = await agentApi.work({ events });
      const times = {
        agentApi: processorUs / reports,
        taskDispatcher: await workOff("tasks", dispatcher, reports),
        taskForwarder: await workOff("deliveries", forwarder, reports),
      };
      const arrived = webhook.received() - before;
      if (arrived !== reports) throw new Error(`of ${reports} reports, ${arrived} reached the webhook`);
      return times;
    },
  };
}

/** No two alike: the very same report within a minute is the same task. */
function reportEvent(token: string, number: number): object {
  const { serviceName = "" } = POLICIES[number % POLICIES.length] ?? {};
  const report = create(ContinuousProfilingReportSchema, {
    layer: "OS_LINUX",
    serviceName,
    instanceName: `pod-${number}`,
    processName: "java",
    causes: [{ type: 0, cause: { case: "singleValue", value: { threshold: 80, current: 93.5 } } }],
    duration: 600,
    targetTask: { case: "onCPU", value: {} },
  });
  const message = toBinary(ContinuousProfilingReportSchema, report);
  return urlEvent({ path: REPORT_PATH, token, ...IN_PROTOCOL["Connect proto"](message) });
}

/** Takes messages off a queue until there are so many. */
async function receive(sqs: SQSClient, queue: string, count: number): Promise<string[]> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
  const bodies: string[] = [];
  const until = performance.now() + RECEIVE_MS;
  while (bodies.length < count) {
    if (performance.now() > until) throw new Error(`${queue} brought ${bodies.length} messages, not ${count}`);
    const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
    if (Messages.length === 0) continue;
    bodies.push(...Messages.map(({ Body = "" }) => Body));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
  return bodies;
}

/** A batch as Lambda's event source mapping hands it over. */
function sqsEvent(bodies: readonly string[]): SQSEvent {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `01234567-89ab-4cde-8f01-${String(index).padStart(12, "0")}`,
      receiptHandle: "unused: what succeeds is deleted by Lambda",
      body,
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: "1767225600000",
        SenderId: "bench",
        ApproximateFirstReceiveTimestamp: "1767225600000",
      },
      messageAttributes: {},
      md5OfBody: "",
      eventSource: "aws:sqs",
      eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${STACK}`,
      awsRegion: "eu-central-1",
    })),
  };
}

/** Answers 200 to everything and counts it. */
async function startWebhook(): Promise<{ url: string; received: () => number; close: () => Promise<void> }> {
  let received = 0;
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      received++;
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    received: () => received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
