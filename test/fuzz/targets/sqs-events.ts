import type { SqsHandler } from "../../../shared/aws/sqs-batch.ts";
import type { QueueId } from "../../../shared/resources.ts";
import { sqsEvent } from "../../support/sqs-event.ts";
import { randomBody } from "../queue-bodies.ts";
import type { Target } from "../target.ts";

const MOST_MESSAGES = 3;
const SHOWN = 900;

/** Batches of messages, straight to the dispatcher's and the forwarder's handlers. */
export function createSqsEvents({ handlers }: { handlers: Record<QueueId, SqsHandler> }): Target {
  return {
    name: "sqs-events",
    weight: 0.3,
    async run(random, _index, tell) {
      const queue = random.pick(["tasks", "deliveries"] as const);
      const bodies = Array.from({ length: random.whole(1, MOST_MESSAGES) }, () => randomBody(random, queue));
      tell(`${queue} ${JSON.stringify(bodies).slice(0, SHOWN)}`);
      const event = sqsEvent(bodies);
      const answer = await handlers[queue](event);
      const ids = new Set(event.Records.map(({ messageId }) => messageId));
      const named = answer.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier);
      if (named === undefined || !named.every((id) => ids.delete(id)))
        return { kind: "malformed", fault: `the batch answer is ${JSON.stringify(answer)}` };
      return { kind: named.length === 0 ? "done" : "some come again" };
    },
  };
}
