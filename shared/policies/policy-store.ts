import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import pLimit from "p-limit";
import { batchGet, MAX_BATCH_GET } from "../aws/batch-get.ts";
import { withinDeadline } from "../aws/deadline.ts";
import { scanAll } from "../aws/scan.ts";
import { createWholeRead } from "../aws/whole-read.ts";
import { Unavailable } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import { isServiceName, type Policy } from "./policy.ts";
import { type PolicyItem, readPolicyItem, type StoredPolicy } from "./policy-item.ts";
import { createPolicyRepair } from "./policy-repair.ts";

/** Batches under way at once, whoever asks, and those that may wait for their turn; more would come too late. */
const CONCURRENT_BATCHES = 8;
const WAITING_BATCHES = 400;

export interface PolicyStore {
  /** Services without a policy stand in no entry. @throws Unavailable unless every name was looked up. */
  getMany(serviceNames: readonly string[]): Promise<Map<string, StoredPolicy>>;
  get(serviceName: string): Promise<StoredPolicy | undefined>;
  /** In the order of the service names. */
  list(): Promise<StoredPolicy[]>;
  /**
   * Writes the true UUID of a hand-edited policy into its item and counts the edit as a revision.
   * @returns false if the item changed since it was read, or its number is fought over; whoever reads it next repairs it then.
   */
  repairUuid(policy: Policy): Promise<boolean>;
}

export interface PolicyStoreOptions {
  documents: DynamoDBDocumentClient;
  table: string;
  historyTable: string;
  metrics: Metrics;
  now?: () => number;
  /** Whether a read of many may be one of all, where that costs less. Whoever reads has to have the right to. */
  readsWhole?: boolean;
}

/** Policies for whoever serves or shows them. Who changes them writes through `policy-writer.ts`. */
export function createPolicyStore(options: PolicyStoreOptions): PolicyStore {
  const { documents, table, historyTable, metrics, now = Date.now } = options;
  const inTurn = pLimit(CONCURRENT_BATCHES);
  const readWhole = options.readsWhole ? createWholeRead(documents, table, () => performance.now()) : undefined;
  const onRequest = (): void => metrics.count("policy_reads_total");

  async function getBatch(names: readonly string[], abortSignal: AbortSignal): Promise<PolicyItem[]> {
    const keys = names.map((serviceName) => ({ serviceName }));
    return (await batchGet(documents, table, keys, { abortSignal, onRequest })) as PolicyItem[];
  }

  async function getMany(serviceNames: readonly string[]): Promise<Map<string, StoredPolicy>> {
    // DynamoDB refuses a whole batch for one name twice or one impossible key.
    const names = [...new Set(serviceNames)].filter(isServiceName);
    if (inTurn.pendingCount > WAITING_BATCHES) throw new Unavailable("too many reads wait for DynamoDB");
    const items = await withinDeadline("DynamoDB", async (abortSignal) => {
      const all = readWhole && (await inTurn(() => readWhole(names.length, { abortSignal, onRequest })));
      return all === undefined ? getBatches(names, abortSignal) : ofNames(all as PolicyItem[], names);
    });
    return new Map(items.map((item) => [item.serviceName, readPolicyItem(item)]));
  }

  async function getBatches(names: readonly string[], signal: AbortSignal): Promise<PolicyItem[]> {
    const batches: string[][] = [];
    for (let start = 0; start < names.length; start += MAX_BATCH_GET)
      batches.push(names.slice(start, start + MAX_BATCH_GET));
    const items = await Promise.all(
      batches.map((batch) => inTurn(() => (signal.aborted ? [] : getBatch(batch, signal)))),
    );
    return items.flat();
  }

  async function getItem(serviceName: string): Promise<PolicyItem | undefined> {
    if (!isServiceName(serviceName)) return undefined;
    const { Item } = await withinDeadline("DynamoDB", (abortSignal) =>
      documents.send(new GetCommand({ TableName: table, Key: { serviceName }, ConsistentRead: true }), { abortSignal }),
    );
    return Item as PolicyItem | undefined;
  }

  async function list(): Promise<StoredPolicy[]> {
    const policies = ((await scanAll(documents, table)) as PolicyItem[]).map(readPolicyItem);
    return policies.sort((a, b) => (serviceNameOf(a) < serviceNameOf(b) ? -1 : 1));
  }

  return {
    getMany,
    get: async (serviceName) => {
      const item = await getItem(serviceName);
      return item === undefined ? undefined : readPolicyItem(item);
    },
    list,
    repairUuid: createPolicyRepair({ documents, table, historyTable, now }),
  };
}

function ofNames(items: readonly PolicyItem[], names: readonly string[]): PolicyItem[] {
  const asked = new Set(names);
  return items.filter(({ serviceName }) => asked.has(serviceName));
}

export function serviceNameOf(stored: StoredPolicy): string {
  return stored.state === "valid" ? stored.policy.serviceName : stored.serviceName;
}
