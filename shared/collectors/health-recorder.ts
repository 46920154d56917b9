import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { withinDeadline } from "../aws/deadline.ts";
import { isKey } from "../aws/key.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import { NotFound } from "../errors.ts";

/** Writes how a collector does into its item. Settings stay untouched; nothing is written of a collector that is gone. */
export interface HealthRecorder {
  /** Notes since when it fails, unless an earlier time stands there. */
  failed(name: string): Promise<void>;
  succeeded(name: string): Promise<void>;
  /**
   * Pauses a collector that fails, unless it is paused already or has succeeded since.
   * @param failingSince as its health said.
   * @returns whether this call paused it.
   */
  pauseFailing(name: string, failingSince: string, reason: string): Promise<boolean>;
  /**
   * Pauses a collector that said it is gone, unless it is paused already.
   * @returns whether this call paused it.
   */
  pauseGone(name: string, reason: string): Promise<boolean>;
  /**
   * Pauses a collector, or gives its pause another reason.
   * @throws NotFound if there is none of that name.
   */
  pause(name: string, reason: string): Promise<void>;
  /**
   * Ends a pause and forgets failures.
   * @throws NotFound if there is none of that name.
   */
  resume(name: string): Promise<void>;
}

const EXISTS = "attribute_exists(#name)";
/** As collector-health.ts reads it: a hand may have written false. */
const IS_RUNNING = `${EXISTS} AND (attribute_not_exists(paused) OR paused = :false)`;

export function createHealthRecorder(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  now?: () => number;
}): HealthRecorder {
  const { documents, table, now = Date.now } = options;

  /** @returns whether the condition held. */
  async function update(
    name: string,
    UpdateExpression: string,
    values?: UpdateCommandInput["ExpressionAttributeValues"],
    ConditionExpression = EXISTS,
  ): Promise<boolean> {
    if (!isKey(name)) return false;
    const input: UpdateCommandInput = {
      TableName: table,
      Key: { name },
      UpdateExpression,
      ConditionExpression,
      ExpressionAttributeNames: { "#name": "name" },
      ...(values && { ExpressionAttributeValues: values }),
    };
    try {
      await withinDeadline("DynamoDB", (abortSignal) => documents.send(new UpdateCommand(input), { abortSignal }));
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return false;
    }
  }

  async function updateKnown(...[name, ...change]: Parameters<typeof update>): Promise<void> {
    if (!(await update(name, ...change))) throw new NotFound(`there is no collector named ${name}`);
  }

  const at = (): string => new Date(now()).toISOString();
  const pauseOf = (reason: string) => ({ at: at(), reason });

  return {
    async failed(name) {
      await update(name, "SET failingSince = if_not_exists(failingSince, :at)", { ":at": at() });
    },
    async succeeded(name) {
      await update(name, "REMOVE failingSince");
    },
    pauseFailing: (name, failingSince, reason) =>
      update(
        name,
        "SET paused = :pause",
        { ":pause": pauseOf(reason), ":false": false, ":since": failingSince },
        `${IS_RUNNING} AND failingSince = :since`,
      ),
    pauseGone: (name, reason) =>
      update(name, "SET paused = :pause", { ":pause": pauseOf(reason), ":false": false }, IS_RUNNING),
    pause: (name, reason) => updateKnown(name, "SET paused = :pause", { ":pause": pauseOf(reason) }),
    resume: (name) => updateKnown(name, "REMOVE paused, failingSince"),
  };
}
