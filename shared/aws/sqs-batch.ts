import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { NotDelivered } from "../errors.ts";
import type { Logger } from "../log.ts";

/** What Lambda, or the local poller, hands a batch of messages to. */
export type SqsHandler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/**
 * Turns a function over one message body into a handler of batches. This is the one place that acknowledges: a body
 * whose work returned is done with; one whose work threw is named in the answer, and SQS hands it out again.
 */
export function sqsBatchHandler(log: Logger, work: (body: string) => Promise<void>): SqsHandler {
  return async (event) => {
    const outcomes = await Promise.allSettled(event.Records.map((record) => work(record.body)));
    const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
    outcomes.forEach((outcome, index) => {
      const record = event.Records[index];
      if (outcome.status === "fulfilled" || record === undefined) return;
      const receives = record.attributes.ApproximateReceiveCount;
      const why = outcome.reason instanceof NotDelivered ? { reason: outcome.reason.message } : { err: outcome.reason };
      log.warn({ messageId: record.messageId, receives, ...why }, "message not processed; it stays queued");
      batchItemFailures.push({ itemIdentifier: record.messageId });
    });
    return { batchItemFailures };
  };
}
