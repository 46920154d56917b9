import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "../aws/deadline.ts";
import { isConditionFailure, isRefusedRequest } from "../aws/refusals.ts";
import type { Attempt } from "./delivery.ts";

/**
 * Notes on the item of that key how an attempt ended. What is delivered stays delivered. An item that is gone or broken
 * is passed over.
 */
export type RecordAttempt = (key: Record<string, string>, collector: string, attempt: Attempt) => Promise<void>;

/** Records attempts in the attribute `deliveries` of a table's items. */
export function createAttemptRecorder(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  now: () => number;
}): RecordAttempt {
  const { documents, table, now } = options;
  return async (Key, collector, { status, lastError }) => {
    try {
      await withinDeadline("DynamoDB", (abortSignal) =>
        documents.send(
          new UpdateCommand({
            TableName: table,
            Key,
            UpdateExpression:
              "SET deliveries.#name.#status = :status, deliveries.#name.#at = :now, " +
              "deliveries.#name.attempts = deliveries.#name.attempts + :one" +
              (lastError === undefined
                ? " REMOVE deliveries.#name.lastError"
                : ", deliveries.#name.lastError = :error"),
            ConditionExpression: "attribute_exists(deliveries.#name) AND deliveries.#name.#status <> :delivered",
            ExpressionAttributeNames: { "#name": collector, "#status": "status", "#at": "at" },
            ExpressionAttributeValues: {
              ":status": status,
              ":now": new Date(now()).toISOString(),
              ":one": 1,
              ":delivered": "delivered",
              ...(lastError !== undefined && { ":error": lastError }),
            },
          }),
          { abortSignal },
        ),
      );
    } catch (error) {
      // Failing here would send the event again. A record that a hand has broken is not worth that.
      if (!isConditionFailure(error) && !isRefusedRequest(error)) throw error;
    }
  };
}
