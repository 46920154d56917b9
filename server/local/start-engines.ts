import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Listening, StartError } from "../listening.ts";

export interface EngineAddresses {
  readonly host: string;
  readonly dynamodbPort: number;
  readonly sqsPort: number;
  readonly dataDir: string;
}

export interface StartedEngines {
  readonly dynamodb: Listening;
  /** S3 too. */
  readonly sqs: Listening;
}

/** What the thread answers once it has tried. */
type Answer = { started: StartedEngines } | { refusal: string };

/**
 * Starts embedded DynamoDB, SQS and S3 in a thread of their own: they do about as much work as those who ask them, and
 * a machine has more than one core. What breaks there unexpectedly ends the process, as it would here.
 * @throws StartError if a port or the data folder cannot be had; nothing is left running then.
 */
export async function startEngines(addresses: EngineAddresses): Promise<StartedEngines & { close(): Promise<void> }> {
  const thread = new Worker(new URL("./engine-thread.ts", import.meta.url), { workerData: addresses });
  const ended = new Promise((resolve) => thread.once("exit", resolve));
  const silent = ended.then(() => Promise.reject(new Error("the engines' thread ended before it had started them")));
  const [answer] = (await Promise.race([once(thread, "message"), silent])) as [Answer];
  silent.catch(() => {}); // from here on it ends as it should
  if ("refusal" in answer) {
    await ended;
    throw new StartError(answer.refusal);
  }
  thread.on("error", (error) => {
    throw error;
  });
  return {
    ...answer.started,
    async close() {
      thread.postMessage("close");
      await ended;
    },
  };
}
