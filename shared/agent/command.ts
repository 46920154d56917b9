import { create } from "@bufbuild/protobuf";
import { type Commands, CommandsSchema } from "../gen/common/Common_pb.js";

/** What most calls hear. Frozen as a whole, so that its bytes are written once only. */
export const NO_COMMANDS: Commands = Object.freeze({
  ...create(CommandsSchema),
  commands: Object.freeze<never[]>([]) as never[],
});

/** An answer of one command with one argument, which is the form of all that agents understand. */
export function command(name: string, key: string, value: string): Commands {
  return create(CommandsSchema, { commands: [{ command: name, args: [{ key, value }] }] });
}
