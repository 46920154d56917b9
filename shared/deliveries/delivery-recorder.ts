import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "../aws/deadline.ts";
import { isConditionFailure, isRefusedRequest } from "../aws/refusals.ts";
import type { Attempt } from "./delivery.ts";

/** Writes where deliveries stand into the attribute `deliveries` of a table's items. */
export interface DeliveryRecorder {
  /**
   * Notes on the item of that key how an attempt ended.
   * @returns whether it is noted; it is not if it was delivered before, or the item is gone, full or broken.
   */
  attempted(key: Record<string, string>, collector: string, attempt: Attempt): Promise<boolean>;
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
    attempted(key, collector, { status, isTry = true, ...texts }) {
      const { lastError, nextAt, remoteId } = texts;
      const kept = Object.entries({ lastError, nextAt, remoteId }).filter(([, text]) => text !== undefined);
      // What the collector calls the event holds whatever comes after.
      const gone = Object.entries({ lastError, nextAt }).filter(([, text]) => text === undefined);
      const set = [
        "deliveries.#name.#status = :status",
        "deliveries.#name.#at = :now",
        "deliveries.#name.attempts = if_not_exists(deliveries.#name.attempts, :none) + :tries",
        ...kept.map(([name]) => `deliveries.#name.${name} = :${name}`),
      ];
      const remove = gone.map(([name]) => `deliveries.#name.${name}`);
      const expression = `SET ${set.join(", ")}${remove.length > 0 ? ` REMOVE ${remove.join(", ")}` : ""}`;
      return update(key, collector, expression, {
        ":status": status,
        ":none": 0,
        ":tries": isTry ? 1 : 0,
        ...Object.fromEntries(kept.map(([name, text]) => [`:${name}`, text])),
      });
    },

    restarted: (key, collector) =>
      update(
        key,
        collector,
        "SET deliveries.#name.#status = :pending, deliveries.#name.#at = :now, deliveries.#name.attempts = :none " +
          "REMOVE deliveries.#name.lastError, deliveries.#name.nextAt",
        { ":pending": "pending", ":none": 0 },
      ),
  };
}
