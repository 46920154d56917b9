import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import pLimit from "p-limit";
import { batchGet, MAX_BATCH_GET } from "../aws/batch-get.ts";
import { withinDeadline } from "../aws/deadline.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { scanAll } from "../aws/scan.ts";
import { Conflict, NotFound, Unavailable } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import { type Budget, BY_HAND, isServiceName, type Policy, type PolicyTargets } from "./policy.ts";
import {
  MAX_REVISION,
  type PolicyItem,
  readPolicyItem,
  revisionOf,
  type StoredPolicy,
  writePolicyItem,
} from "./policy-item.ts";
import { policyUuid } from "./policy-uuid.ts";
import { contentOf } from "./validate-policy.ts";

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
   * Puts a policy in the place of the one that is there, budget and all.
   * @throws Conflict if the policy is no longer at the revision that `replaces` names (0: none there).
   */
  put(serviceName: string, targets: PolicyTargets, more: PutPolicy): Promise<Policy>;
  /** @throws NotFound if there is none. */
  delete(serviceName: string): Promise<void>;
  /**
   * Writes the true UUID of a hand-edited policy into its item and counts the edit as a revision.
   * @returns false if the item changed since it was read; whoever reads it next repairs it then.
   */
  repairUuid(policy: Policy): Promise<boolean>;
}

interface PutPolicy {
  updatedBy: string;
  budget?: Budget | undefined;
  replaces?: number;
}

export interface PolicyStoreOptions {
  documents: DynamoDBDocumentClient;
  table: string;
  metrics: Metrics;
  now?: () => number;
}

export function createPolicyStore({ documents, table, metrics, now = Date.now }: PolicyStoreOptions): PolicyStore {
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

  async function put(
    serviceName: string,
    targets: PolicyTargets,
    { updatedBy, budget, replaces }: PutPolicy,
  ): Promise<Policy> {
    const before = replaces ?? revisionOf(await getItem(serviceName));
    const policy: Policy = {
      serviceName,
      ...contentOf(targets, budget),
      uuid: policyUuid(targets),
      revision: before + 1,
      updatedAt: new Date(now()).toISOString(),
      updatedBy,
    };
    const { expression, values } = atRevision(before);
    const condition = { ConditionExpression: expression, ExpressionAttributeValues: values };
    try {
      await withinDeadline("DynamoDB", (abortSignal) =>
        documents.send(new PutCommand({ TableName: table, Item: writePolicyItem(policy), ...condition }), {
          abortSignal,
        }),
      );
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      throw new Conflict(`the policy of ${serviceName} is no longer at revision ${before}: somebody else changed it`);
    }
    return policy;
  }

  async function deletePolicy(serviceName: string): Promise<void> {
    if (!isServiceName(serviceName)) throw new NotFound(`${serviceName} has no policy`);
    try {
      await withinDeadline("DynamoDB", (abortSignal) =>
        documents.send(
          new DeleteCommand({
            TableName: table,
            Key: { serviceName },
            ConditionExpression: "attribute_exists(serviceName)",
          }),
          { abortSignal },
        ),
      );
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      throw new NotFound(`${serviceName} has no policy`);
    }
  }

  async function repairUuid(policy: Policy): Promise<boolean> {
    const { expression, values } = atRevision(policy.revision);
    try {
      const repair = (abortSignal: AbortSignal) =>
        documents.send(
          new UpdateCommand({
            TableName: table,
            Key: { serviceName: policy.serviceName },
            UpdateExpression: "SET #uuid = :uuid, revision = :next, updatedAt = :now, updatedBy = :by",
            // Without the first part, a policy deleted in between would come back as a fragment.
            ConditionExpression: `attribute_exists(serviceName) AND (attribute_not_exists(#uuid) OR #uuid <> :uuid) AND (${expression})`,
            ExpressionAttributeNames: { "#uuid": "uuid" },
            ExpressionAttributeValues: {
              ":uuid": policy.uuid,
              ":next": policy.revision + 1,
              ":now": new Date(now()).toISOString(),
              ":by": BY_HAND,
              ...values,
            },
          }),
          { abortSignal },
        );
      await withinDeadline("DynamoDB", repair, REPAIR_DEADLINE_MS);
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }

  return {
    getMany,
    get: async (serviceName) => {
      const item = await getItem(serviceName);
      return item === undefined ? undefined : readPolicyItem(item);
    },
    list,
    put,
    delete: deletePolicy,
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
