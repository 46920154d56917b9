import { runProgram } from "./server-process.ts";
import type { World } from "./world.ts";

export type ProgramEnd = Awaited<ReturnType<typeof runProgram>>;

/** Runs `flashpoint --local …` as a process of its own, with a world's engines in its environment. */
export type Cli = (args: readonly string[], stdin?: string) => Promise<ProgramEnd>;

export function cliOf({ server }: { server: Pick<World["server"], "engines"> }): Cli {
  const { dynamodbEndpoint, sqsEndpoint } = server.engines.aws;
  const env = { AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint, AWS_ENDPOINT_URL_SQS: sqsEndpoint };
  return (args, stdin = "") => runProgram(["cli/main.ts", "--local", ...args], { env, stdin });
}

/** Whether a text would do something to a terminal beyond filling lines. */
export function steersTerminal(text: string): boolean {
  return /[^\P{Cc}\n\t]/u.test(text);
}
