import type { Commands } from "../../shared/gen/common/Common_pb.js";

/**
 * The argument of an answer's one command.
 * @returns undefined if the answer holds no command.
 * @throws if it holds others: an agent drops such an answer.
 */
export function argumentOf({ commands }: Commands, name: string, key: string): string | undefined {
  const [command] = commands;
  if (command === undefined) return undefined;
  if (commands.length > 1 || command.command !== name) {
    throw new Error(`an agent takes one command ${name} and no other`);
  }
  return command.args.find((argument) => argument.key === key)?.value;
}
