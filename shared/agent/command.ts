import { create } from "@bufbuild/protobuf";
import { type Commands, CommandsSchema } from "../gen/common/Common_pb.js";

/** An answer of one command with one argument, which is the form of all that agents understand. */
export function command(name: string, key: string, value: string): Commands {
  return create(CommandsSchema, { commands: [{ command: name, args: [{ key, value }] }] });
}
