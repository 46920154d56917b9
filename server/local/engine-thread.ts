import { parentPort, workerData } from "node:worker_threads";
import { StartError } from "../listening.ts";
import { startEmbeddedDynamoDb } from "./embedded-dynamodb.ts";
import { startEmbeddedSqs } from "./embedded-sqs.ts";
import type { EngineAddresses, StartedEngines } from "./start-engines.ts";

// The thread's own end of start-engines.ts.
const { host, dynamodbPort, sqsPort, dataDir } = workerData as EngineAddresses;

async function start(): Promise<{ started: StartedEngines; close(): Promise<void> }> {
  const dynamodb = await startEmbeddedDynamoDb({ host, port: dynamodbPort, dataDir });
  try {
    const sqs = await startEmbeddedSqs({ host, port: sqsPort, dataDir });
    return {
      started: { dynamodb: dynamodb.listening, sqs: sqs.listening },
      async close() {
        try {
          await sqs.close();
        } finally {
          await dynamodb.close();
        }
      },
    };
  } catch (error) {
    await dynamodb.close();
    throw error;
  }
}

try {
  const { started, close } = await start();
  parentPort?.once("message", async () => {
    await close();
    parentPort?.close(); // nothing keeps the thread then
  });
  parentPort?.postMessage({ started });
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  parentPort?.postMessage({ refusal: error.message }); // of an error, a message would lose the class
  parentPort?.close();
}
