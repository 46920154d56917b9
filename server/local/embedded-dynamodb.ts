import type { Server } from "node:http";
import { join } from "node:path";
import dynalite from "dynalite";
import db from "dynalite/db/index.js";
import { listenError } from "../listening.ts";
import { DYNAMODB_FOLDER } from "./data-folder.ts";
import type { Engine } from "./engine.ts";
import { comparingByValue } from "./equal-by-value.ts";
import { refuseBrowsers } from "./refuse-browsers.ts";

db.checkConditional = comparingByValue(db.checkConditional);

/** Starts dynalite, which speaks DynamoDB's wire protocol and keeps its tables in LevelDB under `dataDir`. */
export async function startEmbeddedDynamoDb(options: { host: string; port: number; dataDir: string }): Promise<Engine> {
  const { host, port, dataDir } = options;
  const server: Server = dynalite({ path: join(dataDir, DYNAMODB_FOLDER), createTableMs: 0 });
  refuseBrowsers(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError("DynamoDB", host, port, "--dynamodb-port", error)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    listening: { host, port: typeof address === "object" && address !== null ? address.port : port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
