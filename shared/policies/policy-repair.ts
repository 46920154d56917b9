import { type DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { batchGet } from "../aws/batch-get.ts";
import { withinDeadline } from "../aws/deadline.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { revisionKey } from "./history/revision-key.ts";
import { BY_HAND, type Policy } from "./policy.ts";
import {
  believedRevision,
  MAX_REVISION,
  type PolicyItem,
  policyTargetsItem,
  readPolicyItem,
  refuseUncountable,
} from "./policy-item.ts";

/** A repair runs beside a read that an agent waits for: it gets what is left of the agent's 3 s. */
const REPAIR_DEADLINE_MS = 400;
/** How often another number is looked for, where somebody else takes the same at the same time. */
const MAX_TRIES = 3;

type Counted = Pick<Policy, "revision" | "updatedAt" | "updatedBy">;

/**
 * Makes what writes the true UUID of a hand-edited policy into its item and counts the edit as a revision. The history gives
 * out the number: an entry there is never written over, and the item gets its number only then, so that none means two things.
 * If it ends on the way, the next repair goes on with the entry.
 */
export function createPolicyRepair(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  historyTable: string;
  now: () => number;
}): (policy: Policy) => Promise<boolean> {
  const { documents, table, historyTable, now } = options;

  async function newestOf(serviceName: string, abortSignal: AbortSignal): Promise<PolicyItem | undefined> {
    const query = new QueryCommand({
      TableName: historyTable,
      KeyConditionExpression: "serviceName = :s",
      ExpressionAttributeValues: { ":s": serviceName },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: 1,
    });
    return (await documents.send(query, { abortSignal })).Items?.[0] as PolicyItem | undefined;
  }

  /** The read that a repair comes of may be out of date; what is over must not get into the history as something new. */
  async function isStillSo(policy: Policy, abortSignal: AbortSignal): Promise<boolean> {
    const keys = [{ serviceName: policy.serviceName }];
    const [item] = await batchGet(documents, table, keys, { abortSignal, read: { ConsistentRead: true } });
    if (item === undefined) return false;
    const stored = readPolicyItem(item as PolicyItem);
    return stored.state === "valid" && stored.staleUuid && isAs(policy, stored.policy, policy.revision);
  }

  /** @returns what the edit counts as, and is kept as; undefined if it is over, or nobody got a number in time. */
  async function count(policy: Policy, abortSignal: AbortSignal): Promise<Counted | undefined> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const newest = await newestOf(policy.serviceName, abortSignal);
      const last = Number(newest?.revision) || 0;
      const own = believedRevision(policy.revision, last);
      if (newest !== undefined && last > own) {
        const kept = keptPolicy(newest);
        if (kept !== undefined && isAs(policy, kept, last)) return kept;
        if (!(await isStillSo(policy, abortSignal))) return undefined;
      }
      const updatedAt = new Date(now()).toISOString();
      const counted = { revision: Math.max(own, last) + 1, updatedAt, updatedBy: BY_HAND };
      refuseUncountable(policy.serviceName, counted.revision);
      if (await keep(policy, counted, abortSignal)) return counted;
    }
    return undefined;
  }

  async function keep({ serviceName, targets, budget }: Policy, by: Counted, abortSignal: AbortSignal) {
    const content = { targets: policyTargetsItem(targets), ...(budget && { budget }) };
    const Item = { serviceName, state: "valid", ...content, ...by, revision: revisionKey(by.revision) };
    const ConditionExpression = "attribute_not_exists(revision)";
    try {
      await documents.send(new PutCommand({ TableName: historyTable, Item, ConditionExpression }), { abortSignal });
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }

  async function update({ serviceName, uuid, revision }: Policy, counted: Counted, abortSignal: AbortSignal) {
    const { expression, values } = atRevision(revision);
    const update = new UpdateCommand({
      TableName: table,
      Key: { serviceName },
      UpdateExpression: "SET #uuid = :uuid, revision = :next, updatedAt = :at, updatedBy = :by",
      // Without the first part, a policy deleted in between would come back as a fragment.
      ConditionExpression: `attribute_exists(serviceName) AND (attribute_not_exists(#uuid) OR #uuid <> :uuid) AND (${expression})`,
      ExpressionAttributeNames: { "#uuid": "uuid" },
      ExpressionAttributeValues: {
        ":uuid": uuid,
        ":next": counted.revision,
        ":at": counted.updatedAt,
        ":by": counted.updatedBy,
        ...values,
      },
    });
    await documents.send(update, { abortSignal });
  }

  return async (policy) => {
    const repair = async (abortSignal: AbortSignal): Promise<boolean> => {
      const counted = await count(policy, abortSignal);
      if (counted !== undefined) await update(policy, counted, abortSignal);
      return counted !== undefined;
    };
    try {
      return await withinDeadline("DynamoDB", repair, REPAIR_DEADLINE_MS);
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  };
}

/** The policy that an entry of the history keeps; undefined if it is none. */
function keptPolicy({ serviceName, revision, state, targets, budget, ...by }: PolicyItem): Policy | undefined {
  if (state !== "valid") return undefined;
  const stored = readPolicyItem({
    ...by,
    serviceName,
    targets,
    revision: Number(revision),
    ...(budget ? { budget } : {}),
  });
  return stored.state === "valid" ? stored.policy : undefined;
}

function isAs(policy: Policy, other: Policy, revision: number): boolean {
  const hasSame = other.uuid === policy.uuid && other.budget?.maxActive === policy.budget?.maxActive;
  return hasSame && other.revision === revision;
}

/** Holds if the item is at the revision that `revisionOf` reads from it: none, or nonsense, counts as 0. */
function atRevision(revision: number): { expression: string; values: Record<string, number> } {
  if (revision > 0) return { expression: "revision = :before", values: { ":before": revision } };
  return {
    expression: "attribute_not_exists(revision) OR NOT revision BETWEEN :first AND :last",
    values: { ":first": 1, ":last": MAX_REVISION },
  };
}
