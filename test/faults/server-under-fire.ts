import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { temporaryFolder } from "../support/world.ts";
import type { Chance } from "./chance.ts";
import type { StageContext } from "./stage.ts";
import { steadyPort } from "./steady-port.ts";

/** What its tables and queues are called. */
export const STACK = "flashpoint";

/** `npm start` as a process, which comes back at the same addresses and with the same folder. */
export interface ServerUnderFire {
  readonly addresses: Pick<ServerProcess, "grpc" | "http" | "dynamodb" | "sqs">;
  /** `kill -9`, then a new start. Returns once it is up again. */
  killAndRestart(): Promise<void>;
}

/** Seconds between attempts. Nothing may give up: see MOST_FAILURES and MOST_REFUSALS of the collectors. */
const RETRY_SCHEDULE = "1,1,2,2,3,3,4,4,5,5,5,5,5,5,5";

/** Starts the server on a folder of its own; both are gone at the end. */
export async function startServerUnderFire({
  chance,
  signal,
  atEnd,
}: Pick<StageContext, "chance" | "signal" | "atEnd">): Promise<ServerUnderFire> {
  const folder = await temporaryFolder();
  atEnd(folder.remove);
  const flags = await portFlags(chance);
  const env = { FLASHPOINT_STACK: STACK, FLASHPOINT_RETRY_SCHEDULE: RETRY_SCHEDULE, FLASHPOINT_LOG_LEVEL: "error" };
  const start = (): Promise<ServerProcess> => startServerProcess(folder.path, { env, flags });
  signal.throwIfAborted();
  let running = start();
  atEnd(async () => void (await (await running.catch(() => undefined))?.kill("SIGKILL")));
  return {
    addresses: await running,
    async killAndRestart() {
      await (await running).kill("SIGKILL");
      running = start();
      await running;
    },
  };
}

async function portFlags(chance: Chance): Promise<string[]> {
  const flags: string[] = [];
  for (const flag of ["--grpc-port", "--http-port", "--dynamodb-port", "--sqs-port"]) {
    flags.push(flag, String(await steadyPort(chance, flag)));
  }
  return flags;
}
