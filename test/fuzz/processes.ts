import { setTimeout as delay } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { tableName } from "../../shared/resources.ts";
import { type FuzzedServer, GOOD_SERVICE, STACK, startFuzzedServer } from "./fuzzed-server.ts";
import { createGoodCalls, type GoodCalls } from "./good-calls.ts";
import { startLambdaProcess } from "./lambda-process.ts";
import type { Look } from "./tally.ts";
import type { Target } from "./target.ts";
import { createHttp } from "./targets/http.ts";
import { createNativeGrpc } from "./targets/native-grpc.ts";
import { createPolicyTable } from "./targets/policy-table.ts";
import { createQueues } from "./targets/queues.ts";
import { createRawHttp } from "./targets/raw-http.ts";

/** What is fuzzed, each part as a process of its own. */
export interface Processes {
  readonly server: FuzzedServer;
  readonly targets: readonly Target[];
  readonly goodCalls: GoodCalls;
  /** What the processes use now. */
  usage(): Promise<Pick<Look, "server" | "lambda">>;
}

/** A signal to all of us may reach a child before it reaches us. */
const SIGNAL_MS = 200;

/** Starts all; it is gone at the end. `died` hears of a process that ended before, unless the signal was to end it. */
export async function startProcesses(options: {
  seed: string;
  signal: AbortSignal;
  atEnd: (step: () => Promise<void> | void) => void;
  onLogLine: (line: string) => void;
  died: (name: string, how: string) => void;
}): Promise<Processes> {
  const { seed, signal, atEnd, onLogLine, died } = options;
  const server = await startFuzzedServer(atEnd, onLogLine);
  const { process, aws, token, goodToken } = server;
  const lambda = startLambdaProcess({ seed, token, dynamodb: process.dynamodb, sqs: process.sqs }, onLogLine);
  atEnd(lambda.kill);
  const { region, credentials } = aws;
  const grpc = createGrpcCaller(process.grpc);
  const dynamodb = new DynamoDBClient({ endpoint: aws.dynamodbEndpoint, region, credentials });
  atEnd(() => {
    grpc.close();
    dynamodb.destroy();
  });
  let isEnding = false;
  for (const [name, { child }] of Object.entries({ server: process, lambda })) {
    child.once("exit", async (code, killedBy) => {
      await delay(SIGNAL_MS);
      if (!isEnding && !signal.aborted) died(name, String(code ?? killedBy));
    });
  }
  atEnd(() => {
    isEnding = true;
  });
  return {
    server,
    targets: [
      createNativeGrpc({ address: process.grpc, token }),
      createHttp({ address: process.http, token }),
      createRawHttp({ address: process.http, token }),
      ...lambda.targets,
      createQueues({ aws, stack: STACK }),
      createPolicyTable({
        dynamodb,
        table: tableName(STACK, "policies"),
        grpc,
        token: goodToken,
        goodService: GOOD_SERVICE,
      }),
    ],
    goodCalls: createGoodCalls({ grpc, http: process.http, token: goodToken, service: GOOD_SERVICE }),
    usage: async () => ({ server: await server.usage(), lambda: await lambda.usage() }),
  };
}
