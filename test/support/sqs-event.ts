import type { SQSEvent } from "aws-lambda";

/** A batch as Lambda's event source mapping hands it over, with messages `message-0`, `message-1`, … */
export function sqsEvent(bodies: readonly string[]): SQSEvent {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `message-${index}`,
      receiptHandle: `receipt-${index}`,
      body,
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: "1767225600000",
        SenderId: "test",
        ApproximateFirstReceiveTimestamp: "1767225600000",
      },
      messageAttributes: {},
      md5OfBody: "",
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:flashpoint-tasks",
      awsRegion: "us-east-1",
    })),
  };
}
