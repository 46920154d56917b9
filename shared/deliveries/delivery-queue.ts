import type { Queue } from "../aws/queue.ts";
import { type DeliverableEvent, writeDeliveryMessage } from "../messages/delivery-message.ts";

/** Sets deliveries on their way, so that each collector waits for itself alone. */
export interface DeliveryQueue {
  /**
   * Sends an event to these collectors.
   * @throws Unavailable if SQS did not take them all; some may have gone out.
   */
  send(event: DeliverableEvent, collectors: readonly string[]): Promise<void>;
  /**
   * Sends a delivery message of before once more, as it is.
   * @throws Unavailable if SQS did not take it.
   */
  sendAgain(body: string, collector: string): Promise<void>;
}

export function createDeliveryQueue(queue: Pick<Queue, "send" | "sendAll">): DeliveryQueue {
  return {
    async send(event, collectors) {
      await queue.sendAll(collectors.map((group) => ({ body: writeDeliveryMessage(event, group), group })));
    },
    sendAgain: (body, group) => queue.send({ body, group }),
  };
}
