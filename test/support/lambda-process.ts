import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { LocalEngines } from "../../server/local/local-engines.ts";

/** A function's package in a process of its own. */
export interface LambdaProcess<Event, Answer> {
  /** Hands it an event once it is done with those before. @throws what the handler throws, or that the process ended. */
  readonly handler: (event: Event) => Promise<Answer>;
  /** What it wrote to standard output so far, its log and its metrics. */
  readonly output: () => string;
  stop(): Promise<void>;
}

/** What Lambda sets for a function; the addresses of the engines are what a stack would not set. */
export function lambdaEnvironment(name: string, stack: string, { aws }: Pick<LocalEngines, "aws">) {
  return {
    _HANDLER: "index.handler",
    AWS_LAMBDA_FUNCTION_NAME: `${stack}-${name}`,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: "session",
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
    AWS_ENDPOINT_URL_S3: aws.s3Endpoint,
    FLASHPOINT_STACK: stack,
  };
}

/**
 * Runs a package by plain Node: from `folder`, which has to be outside of any project, with these variables and no others.
 * @param packageDir holds index.mjs.
 */
export async function startLambdaProcess<Event, Answer>(
  packageDir: string,
  folder: string,
  variables: Record<string, string>,
): Promise<LambdaProcess<Event, Answer>> {
  const task = join(folder, "task");
  const runtime = join(folder, "runtime.cjs");
  await cp(packageDir, task, { recursive: true });
  await cp(new URL("./lambda-runtime.cjs", import.meta.url), runtime);
  const child = spawn(process.execPath, [runtime, join(task, "index.mjs")], {
    cwd: task,
    env: { LAMBDA_TASK_ROOT: task, ...variables },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  let output = "";
  let complaints = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (complaints += chunk));
  child.stdin.on("error", () => {}); // told by its end
  const ended = once(child, "close").then(([code]): never => {
    throw new Error(`the function's process ended with ${code}: ${complaints}`);
  });
  ended.catch(() => {}); // heard of by whoever waits for an answer
  const answers = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]();
  let before: Promise<unknown> = Promise.resolve();

  async function ask(event: Event): Promise<Answer> {
    child.stdin.write(`${JSON.stringify(event)}\n`);
    const { value, done } = await Promise.race([answers.next(), ended]);
    if (done) return ended;
    const { result, error } = JSON.parse(value) as { result: Answer; error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  }

  return {
    handler(event) {
      const answer = before.then(() => ask(event));
      before = answer.catch(() => {});
      return answer;
    },
    output: () => output,
    async stop() {
      child.kill();
      await ended.catch(() => {});
    },
  };
}
