import { createQueue } from "../aws/queue.ts";
import { createSecretReader } from "../aws/secret-reader.ts";
import { type SqsHandler, sqsBatchHandler } from "../aws/sqs-batch.ts";
import { createCollectorLookup } from "../collectors/collector-lookup.ts";
import { createHealthRecorder } from "../collectors/health-recorder.ts";
import { createSecretResolver } from "../collectors/resolve-secrets.ts";
import { createCollectorWatch } from "../deliveries/collector-watch.ts";
import { createForwarder } from "../deliveries/forwarder.ts";
import { createLanes } from "../deliveries/lanes.ts";
import { createPendingDeliveries } from "../deliveries/pending-deliveries.ts";
import { createEgress } from "../egress/egress.ts";
import { createProfileReader } from "../profiles/profile-reader.ts";
import { deadLetterQueueName, tableName } from "../resources.ts";
import type { Basis } from "./basis.ts";
import { COLLECTORS_TTL_MS, type DeliveryStores } from "./delivery-stores.ts";

/** Of how many pending deliveries the age is known. */
const MAX_PENDING_DELIVERIES = 50_000;

/** What works off the deliveries queue. */
export function createForwarderServices(basis: Basis, { taskStore, profileStore, collectorStore }: DeliveryStores) {
  const { config, log, metrics, aws, now, queues } = basis;
  const { stack } = config;
  const egress = createEgress({ networks: config.collectorNetworks });
  const collectorHealth = createHealthRecorder({
    documents: aws.documents,
    table: tableName(stack, "collectors"),
    now,
  });
  const collectorLookup = createCollectorLookup({ store: collectorStore, ttlMs: COLLECTORS_TTL_MS });
  const pendingDeliveries = createPendingDeliveries({ now, maxEntries: MAX_PENDING_DELIVERIES });
  const secretReader = createSecretReader({ now });
  const resolveSecrets = createSecretResolver(secretReader);
  const profileReader = createProfileReader({
    s3: aws.s3Reader,
    bucket: config.profileBucket,
    linkSeconds: config.profileLinkSeconds,
    now,
  });
  const work = createForwarder({
    collectorLookup,
    resolveSecrets,
    watchCollector: createCollectorWatch({ health: collectorHealth, lookup: collectorLookup, log, metrics, now }),
    lanes: createLanes(),
    pending: pendingDeliveries,
    taskStore,
    profileStore,
    profileReader,
    retrySchedule: config.retrySchedule,
    sendContext: { stack, egress },
    log,
    metrics,
    now,
  });
  const deadLetters = createQueue(aws.sqs, deadLetterQueueName(stack, "deliveries"));
  const handler: SqsHandler = sqsBatchHandler({ work, queue: queues.deliveries, deadLetters, log });
  return {
    egress,
    collectorHealth,
    pendingDeliveries,
    resolveSecrets,
    profileReader,
    handler,
    close() {
      egress.close();
      secretReader.close();
    },
  };
}
