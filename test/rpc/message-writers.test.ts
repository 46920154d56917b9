import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { NO_COMMANDS } from "../../shared/agent/command.ts";
import { CommandsSchema } from "../../shared/gen/common/Common_pb.js";
import { writingOnce } from "../../shared/rpc/message-writers.ts";

/** Writes commands in JSON, and counts how often. */
function countingWriter() {
  const written: object[] = [];
  const write = writingOnce((answer) => {
    written.push(answer);
    return Buffer.from(toJsonString(CommandsSchema, create(CommandsSchema, answer)));
  });
  return { written, write: (answer: object) => write(answer).toString() };
}

test("a frozen answer is written once, and is the same each time", () => {
  const { written, write } = countingWriter();
  const frozen = Object.freeze({ commands: Object.freeze([{ command: "Stop" }]) });
  for (let time = 0; time < 3; time++) expect(write(frozen)).toBe('{"commands":[{"command":"Stop"}]}');
  expect(written).toEqual([frozen]);
});

test("answers that are equal, but not the same, are each their own", () => {
  const { written, write } = countingWriter();
  for (let time = 0; time < 2; time++) expect(write(Object.freeze({ commands: [] }))).toBe("{}");
  expect(written).toHaveLength(2);
});

test("an answer that may change is written as it is each time", () => {
  const { write } = countingWriter();
  const answer = { commands: [{ command: "Stop" }] };
  expect(write(answer)).toBe('{"commands":[{"command":"Stop"}]}');
  answer.commands = [];
  expect(write(answer)).toBe("{}");
});

test("each writer keeps its own form of an answer", () => {
  const json = writingOnce(() => Buffer.from("{}"));
  const binary = writingOnce(() => Buffer.alloc(0));
  for (let time = 0; time < 2; time++) {
    expect(json(NO_COMMANDS)).toEqual(Buffer.from("{}"));
    expect(binary(NO_COMMANDS)).toEqual(Buffer.alloc(0));
  }
});

test("what most polls hear is empty, and nobody can add to it", () => {
  expect(toBinary(CommandsSchema, NO_COMMANDS)).toHaveLength(0);
  expect(() => Object.assign(NO_COMMANDS, { commands: [{}] })).toThrow(TypeError);
  expect(() => NO_COMMANDS.commands.push(create(CommandsSchema) as never)).toThrow(TypeError);
});
