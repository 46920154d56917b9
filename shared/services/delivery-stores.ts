import { createCollectorStore } from "../collectors/collector-store.ts";
import { createProfileStore } from "../profiles/profile-store.ts";
import { tableName } from "../resources.ts";
import type { Basis } from "./basis.ts";
import { createTaskStores } from "./task-stores.ts";

/** How long the list of collectors, and a collector in use, is remembered. */
export const COLLECTORS_TTL_MS = 2_000;

export type DeliveryStores = ReturnType<typeof createDeliveryStores>;

/** What is recorded of tasks and profiles, and the collectors that they are delivered to. */
export function createDeliveryStores(basis: Basis) {
  const { stack, profileRetentionDays } = basis.config;
  const { documents } = basis.aws;
  return {
    ...createTaskStores(basis),
    profileStore: createProfileStore({
      documents,
      table: tableName(stack, "profiles"),
      retentionDays: profileRetentionDays,
      now: basis.now,
    }),
    collectorStore: createCollectorStore(documents, tableName(stack, "collectors")),
  };
}
