import type { AwsOptions } from "../../shared/aws/clients.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { createCollectorStore } from "../../shared/collectors/collector-store.ts";
import { tableName } from "../../shared/resources.ts";
import { webhookTo } from "../support/collectors.ts";
import { STACK } from "./server-under-fire.ts";

/** Registers a webhook that gets the tasks of these services and has little time to answer. */
export async function putCollector(
  aws: Required<AwsOptions>,
  { url, ...named }: { name: string; url: string; services: readonly string[] },
): Promise<void> {
  const clients = createAwsClients(aws);
  try {
    const store = createCollectorStore(clients.documents, tableName(STACK, "collectors"));
    await store.put(webhookTo(url, { ...named, timeoutSeconds: 1 }));
  } finally {
    clients.destroy();
  }
}
