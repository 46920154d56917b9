import type { SqsHandler } from "./aws/sqs-batch.ts";
import { createPolicyEdits, type PolicyEdits } from "./policies/policy-edits.ts";
import type { PolicyStore } from "./policies/policy-store.ts";
import type { QueueId } from "./resources.ts";
import { createAgentServices } from "./services/agent-services.ts";
import { createBasis, type ServicesOptions } from "./services/basis.ts";
import { createDeliveryStores } from "./services/delivery-stores.ts";
import { createDispatcherServices } from "./services/dispatcher-services.ts";
import { createForwarderServices } from "./services/forwarder-services.ts";
import { createPolicyChanges } from "./services/policy-changes.ts";

export type Services = ReturnType<typeof createServices>;

/**
 * Everything that a host can serve, put together by hand, once. Opens no connection and starts nothing. A Lambda function
 * puts together only its own part, in its entry file.
 */
export function createServices(options: ServicesOptions) {
  const basis = createBasis(options);
  const stores = createDeliveryStores(basis);
  const { profileWriter, ...agentServices } = createAgentServices(basis, stores);
  const dispatcher = createDispatcherServices(basis, stores);
  const forwarder = createForwarderServices(basis, stores);
  const { egress, collectorHealth, pendingDeliveries, resolveSecrets } = forwarder;
  const { read, link } = forwarder.profileReader;
  const policyChanges = (signal?: AbortSignal) => createPolicyChanges(basis, signal);
  const edits = () => createPolicyEdits(policyChanges());
  return {
    ...stores,
    ...agentServices,
    policyStore: {
      ...agentServices.policyStore,
      put: (...policy) => edits().put(...policy),
      delete: (...policy) => edits().delete(...policy),
    } satisfies PolicyStore & PolicyEdits,
    policyChanges,
    profileStorage: { ...profileWriter, read, link },
    deliveryQueue: dispatcher.deliveryQueue,
    collectorHealth,
    resolveSecrets,
    pendingDeliveries,
    egress,
    handlers: { tasks: dispatcher.handler, deliveries: forwarder.handler } satisfies Record<QueueId, SqsHandler>,
    close() {
      forwarder.close();
      basis.aws.destroy();
    },
  };
}
