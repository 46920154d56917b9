import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { ComeAgain, errorText, Undeliverable } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Queue } from "./queue.ts";
import { isRefusedRequest } from "./refusals.ts";

/** What Lambda, or the local poller, hands a batch of messages to. */
export type SqsHandler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/**
 * Works off one message.
 * @param receives how often the message was received, from 1.
 * @throws ComeAgain if it is to be handed out again after a while.
 * @throws Undeliverable if it belongs to the dead letters, or whatever DynamoDB refused a request with: the same message
 * would ask for the same again.
 * @throws anything else if it is to be handed out again when its visibility timeout ends.
 */
export type SqsWork = (body: string, receives: number) => Promise<void>;

/**
 * Turns a function over one message into a handler of batches. This is the one place that acknowledges: what returned
 * is done with; what is not stays queued by being named in the answer.
 */
export function sqsBatchHandler(options: {
  work: SqsWork;
  queue: Pick<Queue, "hide">;
  deadLetters: Pick<Queue, "sendWithReason">;
  log: Logger;
}): SqsHandler {
  const { work, queue, deadLetters, log } = options;

  /** @returns whether the message is done with. */
  async function process(record: SQSRecord): Promise<boolean> {
    const receives = Number(record.attributes.ApproximateReceiveCount) || 1;
    const about = { messageId: record.messageId, receives };
    try {
      await work(record.body, receives);
      return true;
    } catch (error) {
      const reason = reasonToGiveUp(error);
      if (reason !== undefined) {
        // First there, then gone from here: in between it may come twice, but never be lost.
        await deadLetters.sendWithReason(record.body, reason);
        log.warn({ ...about, reason }, "message put to the dead letters");
        return true;
      }
      if (error instanceof ComeAgain) {
        const level = error.isRoutine ? "debug" : "warn";
        log[level]({ ...about, reason: error.message, afterSeconds: error.afterSeconds }, "message comes again");
        await queue.hide(record.receiptHandle, error.afterSeconds);
        return false;
      }
      throw error;
    }
  }

  return async (event) => {
    const outcomes = await Promise.allSettled(event.Records.map(process));
    const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
    outcomes.forEach((outcome, index) => {
      const record = event.Records[index];
      if (record === undefined || (outcome.status === "fulfilled" && outcome.value)) return;
      if (outcome.status === "rejected") {
        const { messageId, attributes } = record;
        const receives = Number(attributes.ApproximateReceiveCount);
        log.warn({ messageId, receives, err: outcome.reason }, `message stays queued: ${errorText(outcome.reason)}`);
      }
      batchItemFailures.push({ itemIdentifier: record.messageId });
    });
    return { batchItemFailures };
  };
}

/** @returns undefined if the message may fare better the next time. */
function reasonToGiveUp(error: unknown): string | undefined {
  if (error instanceof Undeliverable) return error.message;
  return isRefusedRequest(error) ? `DynamoDB refuses what it asks for: ${errorText(error)}` : undefined;
}
