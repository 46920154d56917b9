import type { Delivery } from "../../shared/deliveries/delivery.ts";
import type { Services } from "../../shared/services.ts";
import { until } from "./until.ts";

/** The delivery of a task to the collector of that name as it is recorded, once it has that status. */
export function recordedDelivery(
  { taskStore }: Pick<Services, "taskStore">,
  { taskId, collector, status, timeoutMs }: { taskId: string; collector: string; status: string; timeoutMs: number },
): Promise<Delivery> {
  return until(
    `the delivery is ${status}`,
    async () => {
      const delivery = await taskStore.findDelivery(taskId, collector);
      return delivery?.status === status ? delivery : undefined;
    },
    timeoutMs,
  );
}
