import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { ClockReading } from "../door/door.ts";

/** What DynamoDB's clock says, by the date of whatever it answers, be it a refusal; undefined if it does not answer. */
export async function clockOfDynamoDb(
  documents: DynamoDBDocumentClient,
  ask: () => Promise<unknown>,
): Promise<ClockReading | undefined> {
  let reading: ClockReading | undefined;
  const name = "flashpoint-doctor-clock";
  // Next to the connection, where an answer is not yet read: the SDK corrects for a clock that is far off by itself.
  documents.middlewareStack.add(
    (next) => async (args) => {
      const asked = Date.now();
      const result = await next(args);
      const { headers = {} } = result.response as { headers?: Record<string, string> };
      const theirs = Date.parse(headers.date ?? "");
      if (!Number.isNaN(theirs)) reading = { theirs, ours: (asked + Date.now()) / 2 };
      return result;
    },
    { step: "deserialize", priority: "low", name, override: true },
  );
  await ask().catch(() => {});
  documents.middlewareStack.remove(name);
  return reading;
}
