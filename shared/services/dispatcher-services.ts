import { createQueue } from "../aws/queue.ts";
import { type SqsHandler, sqsBatchHandler } from "../aws/sqs-batch.ts";
import { createCollectorReader } from "../collectors/collector-reader.ts";
import { createDeliveryQueue } from "../deliveries/delivery-queue.ts";
import { createDispatcher } from "../deliveries/dispatcher.ts";
import { deadLetterQueueName } from "../resources.ts";
import type { Basis } from "./basis.ts";
import { COLLECTORS_TTL_MS, type DeliveryStores } from "./delivery-stores.ts";

/** What works off the tasks queue. */
export function createDispatcherServices(basis: Basis, stores: DeliveryStores) {
  const { config, log, metrics, aws, queues } = basis;
  const { reportStore, taskStore, profileStore, collectorStore } = stores;
  const collectors = createCollectorReader({ store: collectorStore, log, ttlMs: COLLECTORS_TTL_MS });
  const listCollectors = collectors.list;
  const deliveryQueue = createDeliveryQueue(queues.deliveries);
  const work = createDispatcher({ reportStore, taskStore, profileStore, listCollectors, deliveryQueue, metrics });
  const deadLetters = createQueue(aws.sqs, deadLetterQueueName(config.stack, "tasks"));
  const handler: SqsHandler = sqsBatchHandler({ work, queue: queues.tasks, deadLetters, log });
  return { deliveryQueue, handler };
}
