import type { Server } from "node:http";
import { join } from "node:path";
import dynalite from "dynalite";
import db from "dynalite/db/index.js";
import { listenError } from "../listening.ts";
import { countCalls } from "./calls-in-hand.ts";
import { closeIterators } from "./closed-iterators.ts";
import { DYNAMODB_FOLDER } from "./data-folder.ts";
import type { Engine } from "./engine.ts";
import { comparingByValue } from "./equal-by-value.ts";
import { refuseBrowsers } from "./refuse-browsers.ts";

/** What takes longer is cut off; dynalite does most things in a few milliseconds. */
const MOST_TO_FINISH_MS = 5_000;

db.checkConditional = comparingByValue(db.checkConditional);
closeIterators();

/** Starts dynalite, which speaks DynamoDB's wire protocol and keeps its tables in LevelDB under `dataDir`. */
export async function startEmbeddedDynamoDb(options: { host: string; port: number; dataDir: string }): Promise<Engine> {
  const { host, port, dataDir } = options;
  const server: Server = dynalite({ path: join(dataDir, DYNAMODB_FOLDER), createTableMs: 0 });
  refuseBrowsers(server);
  const calls = countCalls(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError("DynamoDB", host, port, "--dynamodb-port", error)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    listening: { host, port: typeof address === "object" && address !== null ? address.port : port },
    async close() {
      await calls.finish(MOST_TO_FINISH_MS);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
