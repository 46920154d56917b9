import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { batchGet, MAX_BATCH_GET } from "../aws/batch-get.ts";
import { withinDeadline } from "../aws/deadline.ts";
import { isConditionFailure, isRefusedRequest } from "../aws/refusals.ts";
import { gathered } from "../gathered.ts";
import { type Attempt, type Deliveries, type Delivery, readDeliveries } from "./delivery.ts";

/** Reads and writes where deliveries stand, in the attribute `deliveries` of a table's items. */
export interface DeliveryRecorder {
  /** The delivery to that collector alone: all that an attempt has to know of the item. */
  find(key: Record<string, string>, collector: string): Promise<Delivery | undefined>;
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

  /** Attempts come in runs, and the deliveries of one event together. */
  const findAll = gathered({
    most: MAX_BATCH_GET,
    waitMs: 0,
    async work(keys: readonly Record<string, string>[]): Promise<Deliveries[]> {
      const each = new Map(keys.map((key) => [nameOf(key, key), key]));
      const names = Object.keys(keys[0] ?? {});
      const read = { ConsistentRead: true, ...projectionOf([...names, "deliveries"]) };
      const items = await withinDeadline("DynamoDB", (abortSignal) =>
        batchGet(documents, table, [...each.values()], { abortSignal, read }),
      );
      const found = new Map(items.map((item) => [nameOf(item, keys[0]), readDeliveries(item.deliveries)]));
      return keys.map((key) => found.get(nameOf(key, key)) ?? {});
    },
  });

  return {
    async find(key, collector) {
      return (await findAll(key))[collector];
    },

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

/** Names an item by its key. */
function nameOf(item: Record<string, unknown>, key: Record<string, string> = {}): string {
  return JSON.stringify(Object.keys(key).map((attribute) => item[attribute]));
}

function projectionOf(attributes: readonly string[]) {
  const names = Object.fromEntries(attributes.map((attribute, index) => [`#${index}`, attribute]));
  return { ProjectionExpression: Object.keys(names).join(", "), ExpressionAttributeNames: names };
}
