import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import pLimit from "p-limit";
import { batchGet, MAX_BATCH_GET } from "../aws/batch-get.ts";
import { withinDeadline } from "../aws/deadline.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { scanAll } from "../aws/scan.ts";
import { Unavailable } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import { revisionKey } from "./history/revision-key.ts";
import { BY_HAND, isServiceName, type Policy } from "./policy.ts";
import { MAX_REVISION, type PolicyItem, policyTargetsItem, readPolicyItem, type StoredPolicy } from "./policy-item.ts";

/** Batches under way at once, whoever asks, and those that may wait for their turn; more would come too late. */
const CONCURRENT_BATCHES = 8;
const WAITING_BATCHES = 400;
/** A repair runs beside a read that an agent waits for: it gets what is left of the agent's 3 s. */
const REPAIR_DEADLINE_MS = 400;

export interface PolicyStore {
  /** Services without a policy stand in no entry. @throws Unavailable unless every name was looked up. */
  getMany(serviceNames: readonly string[]): Promise<Map<string, StoredPolicy>>;
  get(serviceName: string): Promise<StoredPolicy | undefined>;
  /** In the order of the service names. */
  list(): Promise<StoredPolicy[]>;
  /**
   * Writes the true UUID of a hand-edited policy into its item and counts the edit as a revision.
   * @returns false if the item changed since it was read; whoever reads it next repairs it then.
   */
  repairUuid(policy: Policy): Promise<boolean>;
}

export interface PolicyStoreOptions {
  documents: DynamoDBDocumentClient;
  table: string;
  historyTable: string;
  metrics: Metrics;
  now?: () => number;
}

/** Policies for whoever serves or shows them. Who changes them writes through `policy-writer.ts`. */
export function createPolicyStore(options: PolicyStoreOptions): PolicyStore {
  const { documents, table, historyTable, metrics, now = Date.now } = options;
  const inTurn = pLimit(CONCURRENT_BATCHES);

  async function getBatch(names: readonly string[], abortSignal: AbortSignal): Promise<PolicyItem[]> {
    const keys = names.map((serviceName) => ({ serviceName }));
    const onRequest = (): void => metrics.count("policy_reads_total");
    return (await batchGet(documents, table, keys, { abortSignal, onRequest })) as PolicyItem[];
  }

  async function getMany(serviceNames: readonly string[]): Promise<Map<string, StoredPolicy>> {
    // DynamoDB refuses a whole batch for one name twice or one impossible key.
    const names = [...new Set(serviceNames)].filter(isServiceName);
    const batches: string[][] = [];
    for (let start = 0; start < names.length; start += MAX_BATCH_GET)
      batches.push(names.slice(start, start + MAX_BATCH_GET));
    if (inTurn.pendingCount > WAITING_BATCHES) throw new Unavailable("too many reads wait for DynamoDB");
    const items = await withinDeadline("DynamoDB", (signal) =>
      Promise.all(batches.map((batch) => inTurn(() => (signal.aborted ? [] : getBatch(batch, signal))))),
    );
    return new Map(items.flat().map((item) => [item.serviceName, readPolicyItem(item)]));
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

  async function repairUuid(policy: Policy): Promise<boolean> {
    const { serviceName, uuid } = policy;
    const { expression, values } = atRevision(policy.revision);
    const counted = { revision: policy.revision + 1, updatedAt: new Date(now()).toISOString(), updatedBy: BY_HAND };
    let isWritten = false;
    try {
      const repair = async (abortSignal: AbortSignal): Promise<void> => {
        const update = new UpdateCommand({
          TableName: table,
          Key: { serviceName },
          UpdateExpression: "SET #uuid = :uuid, revision = :next, updatedAt = :now, updatedBy = :by",
          // Without the first part, a policy deleted in between would come back as a fragment.
          ConditionExpression: `attribute_exists(serviceName) AND (attribute_not_exists(#uuid) OR #uuid <> :uuid) AND (${expression})`,
          ExpressionAttributeNames: { "#uuid": "uuid" },
          ExpressionAttributeValues: {
            ":uuid": uuid,
            ":next": counted.revision,
            ":now": counted.updatedAt,
            ":by": BY_HAND,
            ...values,
          },
        });
        await documents.send(update, { abortSignal });
        isWritten = true;
        await keepEdit(policy, counted, abortSignal);
      };
      await withinDeadline("DynamoDB", repair, REPAIR_DEADLINE_MS);
      return true;
    } catch (error) {
      if (isWritten) return true; // the next write makes up for what is not in the history
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }

  /** Another hand edit may come before any write of ours, and take this one away. */
  async function keepEdit(
    { serviceName, targets, budget }: Policy,
    { revision, ...by }: Pick<Policy, "revision" | "updatedAt" | "updatedBy">,
    abortSignal: AbortSignal,
  ): Promise<void> {
    const content = { targets: policyTargetsItem(targets), budget };
    const Item = { serviceName, revision: revisionKey(revision), state: "valid", ...content, ...by };
    const put = new PutCommand({
      TableName: historyTable,
      Item,
      ConditionExpression: "attribute_not_exists(revision)",
    });
    await documents.send(put, { abortSignal });
  }

  return {
    getMany,
    get: async (serviceName) => {
      const item = await getItem(serviceName);
      return item === undefined ? undefined : readPolicyItem(item);
    },
    list,
    repairUuid,
  };
}

export function serviceNameOf(stored: StoredPolicy): string {
  return stored.state === "valid" ? stored.policy.serviceName : stored.serviceName;
}

/** Holds if the item is at the revision that `revisionOf` reads from it: none, or nonsense, counts as 0. */
function atRevision(revision: number): { expression: string; values: Record<string, number> } {
  if (revision > 0) return { expression: "revision = :before", values: { ":before": revision } };
  return {
    expression: "attribute_not_exists(revision) OR NOT revision BETWEEN :first AND :last",
    values: { ":first": 1, ":last": MAX_REVISION },
  };
}
