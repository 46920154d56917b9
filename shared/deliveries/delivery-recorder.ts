import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "../aws/deadline.ts";
import { isConditionFailure, isRefusedRequest } from "../aws/refusals.ts";
import type { Attempt } from "./delivery.ts";

/** Writes where deliveries stand into the attribute `deliveries` of a table's items. */
export interface DeliveryRecorder {
  /**
   * Notes on the item of that key how an attempt ended. What is delivered stays delivered. An item that is gone or
   * broken is passed over.
   */
  attempted(key: Record<string, string>, collector: string, attempt: Attempt): Promise<void>;
  /**
   * Makes a delivery pending again, its attempts counted anew.
   * @returns whether it is; it is not if it was delivered, or the item is gone or knows no such delivery.
   */
  restarted(key: Record<string, string>, collector: string): Promise<boolean>;
}

const IS_UNDELIVERED = "attribute_exists(deliveries.#name) AND deliveries.#name.#status <> :delivered";

export function createDeliveryRecorder(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  now: () => number;
}): DeliveryRecorder {
  const { documents, table, now } = options;

  /** @returns whether there was such a delivery, undelivered. */
  async function update(
    Key: Record<string, string>,
    collector: string,
    UpdateExpression: string,
    values: Record<string, unknown>,
  ): Promise<boolean> {
    try {
      await withinDeadline("DynamoDB", (abortSignal) =>
        documents.send(
          new UpdateCommand({
            TableName: table,
            Key,
            UpdateExpression,
            ConditionExpression: IS_UNDELIVERED,
            ExpressionAttributeNames: { "#name": collector, "#status": "status", "#at": "at" },
            ExpressionAttributeValues: {
              ":now": new Date(now()).toISOString(),
              ":delivered": "delivered",
              ...values,
            },
          }),
          { abortSignal },
        ),
      );
      return true;
    } catch (error) {
      // Failing here would send the event again. A record that a hand has broken is not worth that.
      if (!isConditionFailure(error) && !isRefusedRequest(error)) throw error;
      return false;
    }
  }

  return {
    async attempted(key, collector, { status, lastError, remoteId, isTry = true }) {
      const set = [
        "SET deliveries.#name.#status = :status",
        "deliveries.#name.#at = :now",
        "deliveries.#name.attempts = deliveries.#name.attempts + :tries",
        ...(lastError === undefined ? [] : ["deliveries.#name.lastError = :error"]),
        ...(remoteId === undefined ? [] : ["deliveries.#name.remoteId = :remote"]),
      ].join(", ");
      await update(key, collector, lastError === undefined ? `${set} REMOVE deliveries.#name.lastError` : set, {
        ":status": status,
        ":tries": isTry ? 1 : 0,
        ...(lastError !== undefined && { ":error": lastError }),
        ...(remoteId !== undefined && { ":remote": remoteId }),
      });
    },

    restarted: (key, collector) =>
      update(
        key,
        collector,
        "SET deliveries.#name.#status = :pending, deliveries.#name.#at = :now, deliveries.#name.attempts = :none " +
          "REMOVE deliveries.#name.lastError",
        { ":pending": "pending", ":none": 0 },
      ),
  };
}
