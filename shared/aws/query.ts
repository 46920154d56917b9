import {
  type DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "./deadline.ts";

/**
 * Items of a query, page by page as they are taken; each page has its own time limit. `Limit` is that of a page, which
 * ends at 1 MB in any case.
 */
export async function* queryItems(
  documents: DynamoDBDocumentClient,
  query: Omit<QueryCommandInput, "ExclusiveStartKey">,
): AsyncGenerator<Record<string, unknown>> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page: QueryCommandOutput = await withinDeadline("DynamoDB", (abortSignal) =>
      documents.send(new QueryCommand({ ...query, ExclusiveStartKey }), { abortSignal }),
    );
    yield* page.Items ?? [];
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
