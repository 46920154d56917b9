import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "../aws/deadline.ts";
import { isKey } from "../aws/key.ts";
import { queryItems } from "../aws/query.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { scanAll } from "../aws/scan.ts";
import type { Metrics } from "../metrics.ts";
import { type AgentItem, FIRST_PART, readAgentItems, type StoredAgent, writeAgentItems } from "./agent-item.ts";

/** What was found under an agent's id, for a write that is to replace just that. */
export interface FoundAgent {
  readonly agent: StoredAgent | undefined;
  readonly parts: readonly string[];
  /** The first part's `seenAt` as it stands there, whatever a hand has made of it; undefined for none. */
  readonly seenAt: unknown;
}

export interface AgentStore {
  get(agentId: string): Promise<StoredAgent | undefined>;
  find(agentId: string): Promise<FoundAgent>;
  /** In the order of the ids. */
  list(): Promise<StoredAgent[]>;
  /**
   * Stores an agent in the place of what was found.
   * @returns false, with nothing changed, if somebody else has written since.
   */
  put(agent: StoredAgent, found: FoundAgent): Promise<boolean>;
}

export function createAgentStore(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  metrics: Metrics;
  now?: () => number;
}): AgentStore {
  const { documents, table, metrics, now = Date.now } = options;

  async function find(agentId: string): Promise<FoundAgent> {
    const items = isKey(agentId) ? await itemsOf(agentId) : [];
    const first = items.find(({ part }) => part === FIRST_PART);
    return { agent: readAgentItems(items, now()), parts: items.map(({ part }) => part), seenAt: first?.seenAt };
  }

  async function itemsOf(agentId: string): Promise<AgentItem[]> {
    const items = queryItems(documents, {
      TableName: table,
      KeyConditionExpression: "agentId = :agentId",
      ExpressionAttributeValues: { ":agentId": agentId },
      ConsistentRead: true,
    });
    return (await Array.fromAsync(items)) as AgentItem[];
  }

  async function putItem(Item: AgentItem, condition: object = {}): Promise<void> {
    await withinDeadline("DynamoDB", (abortSignal) =>
      documents.send(new PutCommand({ TableName: table, Item, ...condition }), { abortSignal }),
    );
    metrics.count("agent_writes_total");
  }

  return {
    find,

    async get(agentId) {
      return (await find(agentId)).agent;
    },

    async list() {
      const items = (await scanAll(documents, table)) as AgentItem[];
      const agents = [...Map.groupBy(items, ({ agentId }) => agentId).values()];
      const read = agents.flatMap((parts) => readAgentItems(parts, now()) ?? []);
      return read.sort((a, b) => (a.agentId < b.agentId ? -1 : 1));
    },

    async put(agent, found) {
      const items = writeAgentItems(agent);
      try {
        // The first part decides whose write it is; readers pass over parts of another write.
        for (const item of items) await putItem(item, item.part === FIRST_PART ? unchangedSince(found) : {});
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        return false;
      }
      const left = found.parts.filter((part) => Number(part) >= items.length);
      for (const part of left) {
        const Key = { agentId: agent.agentId, part };
        await withinDeadline("DynamoDB", (abortSignal) =>
          documents.send(new DeleteCommand({ TableName: table, Key }), { abortSignal }),
        );
      }
      return true;
    },
  };
}

function unchangedSince({ seenAt }: FoundAgent): object {
  if (seenAt === undefined) return { ConditionExpression: "attribute_not_exists(seenAt)" };
  return { ConditionExpression: "seenAt = :seenAt", ExpressionAttributeValues: { ":seenAt": seenAt } };
}
