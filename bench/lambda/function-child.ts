import { type ChildProcess, fork } from "node:child_process";
import { endChild, endWithThisProcess, nextMessage } from "../child-process.ts";
import type { Work, Worked } from "./function-process.ts";

/** A function as it is deployed, in its own process. */
export interface FunctionChild {
  /** @throws if an event was answered otherwise than it should be. */
  work(asked: Work): Promise<Worked>;
  stop(): Promise<void>;
}

const START_MS = 30_000;
/** A piece of work that is not over by then never will be. */
const WORK_MS = 60_000;
const PROGRAM = new URL("./function-process.ts", import.meta.url);
/** All that a function finds in AWS beside its settings. */
export const LAMBDA = {
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  AWS_SESSION_TOKEN: "bench",
  AWS_LAMBDA_FUNCTION_NAME: "bench",
};

/**
 * @param file the module that has the handler.
 * @param withoutResends lets its clock run as clockWithoutResends does.
 */
export async function startFunction(
  file: string,
  variables: Record<string, string>,
  { withoutResends = false } = {},
): Promise<FunctionChild> {
  // What a function writes is not looked at.
  const child = fork(PROGRAM, [file, ...(withoutResends ? ["without-resends"] : [])], {
    env: { ...LAMBDA, ...variables },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  endWithThisProcess(child);
  try {
    await nextMessage(child, START_MS);
  } catch (error) {
    await endChild(child);
    throw error;
  }
  return { work: (asked) => ask(child, asked), stop: () => endChild(child) };
}

async function ask(child: ChildProcess, asked: Work): Promise<Worked> {
  const answer = nextMessage<Worked>(child, WORK_MS);
  child.send(asked);
  const worked = await answer;
  if (worked.error !== undefined) throw new Error(`a function failed: ${worked.error}`);
  return worked;
}
