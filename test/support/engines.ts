import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, ScanCommand, type ScanCommandOutput } from "@aws-sdk/lib-dynamodb";
import type { AwsOptions } from "../../shared/aws/clients.ts";

/** A task's record as any AWS tool sees it. */
export interface RecordSeen {
  readonly taskId: string;
  readonly instance: string;
  /** Status by collector. */
  readonly statuses: Readonly<Record<string, string>>;
}

/** What the keys of aliases in the table of reports start with. */
const ALIAS = /^task:/;

/** Looks into the engines from outside, as an operator does. */
export interface Engines {
  scanTasks(table: string): Promise<RecordSeen[]>;
  /** Which task is meant by an id that an agent was answered with although the same report was a task already. */
  scanAliases(table: string): Promise<ReadonlyMap<string, string>>;
  /** How many messages lie in a queue, those in hand and those that wait included. */
  countMessages(queue: string): Promise<number>;
  close(): void;
}

export function openEngines({ region, credentials, ...aws }: Required<AwsOptions>): Engines {
  const dynamodb = new DynamoDBClient({ endpoint: aws.dynamodbEndpoint, region, credentials });
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const sqs = new SQSClient({ endpoint: aws.sqsEndpoint, region, credentials });

  async function scan(TableName: string): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page: ScanCommandOutput = await documents.send(
        new ScanCommand({ TableName, ExclusiveStartKey, ConsistentRead: true }),
      );
      items.push(...(page.Items ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return items;
  }

  return {
    scanTasks: async (table) => (await scan(table)).map(seen),
    async scanAliases(table) {
      const aliases = (await scan(table)).filter(({ firstTaskId }) => firstTaskId !== undefined);
      return new Map(aliases.map((item) => [String(item.reportKey).replace(ALIAS, ""), String(item.firstTaskId)]));
    },
    async countMessages(QueueName) {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
      return Object.entries(Attributes)
        .filter(([name]) => name.startsWith("ApproximateNumberOfMessages"))
        .reduce((sum, [, count]) => sum + Number(count), 0);
    },
    close() {
      dynamodb.destroy();
      sqs.destroy();
    },
  };
}

function seen({ taskId, task, deliveries }: Record<string, unknown>): RecordSeen {
  const entries = Object.entries((deliveries ?? {}) as Record<string, { status?: unknown }>);
  return {
    taskId: String(taskId),
    instance: String((task as { instanceName?: unknown } | undefined)?.instanceName),
    statuses: Object.fromEntries(entries.map(([collector, { status }]) => [collector, String(status)])),
  };
}
