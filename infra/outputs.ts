import { CfnOutput, type Stack } from "aws-cdk-lib";
import { QUEUES, type QueueId, TABLES, type TableId } from "../shared/resources.ts";
import {
  deadLetterQueueOutput,
  queueOutput,
  STACK_OUTPUTS,
  type StackOutputKey,
  tableOutput,
} from "../shared/stack-outputs.ts";
import type { Storage } from "./storage/storage.ts";

/** Says what the stack has, for the command line and for whoever looks at it. What is undefined is left out. */
export function addOutputs(
  stack: Stack,
  said: Readonly<Record<StackOutputKey, string | undefined>>,
  { tables, queues }: Pick<Storage, "tables" | "queues">,
): void {
  const add = (key: string, description: string, value: string): void => {
    new CfnOutput(stack, key, { key, description, value });
  };
  for (const [key, { meaning }] of Object.entries(STACK_OUTPUTS)) {
    const value = said[key as StackOutputKey];
    if (value) add(key, meaning, value);
  }
  for (const id of Object.keys(TABLES) as TableId[]) add(tableOutput(id), `Table of ${id}`, tables[id].tableName);
  for (const id of Object.keys(QUEUES) as QueueId[]) {
    add(queueOutput(id), `Queue of ${id}`, queues[id].queue.queueUrl);
    add(deadLetterQueueOutput(id), `Dead letters of ${id}`, queues[id].deadLetters.queueUrl);
  }
}
