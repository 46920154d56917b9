import { type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "./deadline.ts";

/** Every item of a table, page by page. For small tables and people who wait; each page has its own time limit. */
export async function scanAll(documents: DynamoDBDocumentClient, table: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await withinDeadline("DynamoDB", (abortSignal) =>
      documents.send(new ScanCommand({ TableName: table, ExclusiveStartKey }), { abortSignal }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}
