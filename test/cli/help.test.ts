import { expect, it } from "vitest";
import { createProgram } from "../../cli/program.ts";
import { folded } from "../../cli/terminal/folded.ts";
import { helpOf, programTree } from "../support/program-tree.ts";
import { runProgram } from "../support/server-process.ts";

const { commands } = await programTree();
const shown = commands.map(({ words, command }) => ({ name: ["flashpoint", ...words].join(" "), command, words }));
const examples = shown.flatMap(({ name, command }) => examplesOf(helpOf(command)).map((line) => ({ name, line })));

/** The command lines under `Examples:`. */
function examplesOf(help: string): string[] {
  const [, block = ""] = /^Examples?:\n((?: {2}\S.*(?:\n|$))+)/m.exec(help) ?? [];
  return block.split("\n").flatMap((line) => line.trim() || []);
}

/** The words that the program is called with by a line as one types it into a shell, without what goes beside it. */
function wordsOf(line: string): string[] {
  const [, call = ""] = /(?:^|\| )flashpoint (.*?)(?: [|<>] ?.*)?$/.exec(line) ?? [];
  return [...call.matchAll(/'([^']*)'|"([^"]*)"|\S+/g)].map(([word, single, double]) => single ?? double ?? word);
}

it("is there: the program has nouns and verbs", () => {
  expect(shown.length).toBeGreaterThan(30);
});

it.each(shown)("$name says what it does", ({ command }) => {
  expect(command.description().length).toBeGreaterThan(15);
  expect(helpOf(command)).toContain(command.description().slice(0, 20));
});

it.each(shown)("$name has an example that calls it", ({ words, command }) => {
  const lines = examplesOf(helpOf(command));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/(^|\| )flashpoint /);
  const calls = lines.filter((line) => words.every((word) => wordsOf(line).includes(word)));
  expect(calls).toEqual(lines);
});

it.each(shown)("$name explains each option and argument that it names", ({ command }) => {
  for (const { flags, description } of command.options)
    expect({ flags, description }).not.toMatchObject({ description: "" });
});

it.each(examples)("of $name, the program understands: $line", async ({ line }) => {
  class Understood extends Error {}
  const program = createProgram().hook("preAction", () => {
    throw new Understood();
  });
  // Help is an action of its own, which ends by saying so.
  const end = await program.parseAsync(wordsOf(line), { from: "user" }).catch((error) => error);
  expect(end).toBeInstanceOf(Understood);
});

it("does not take an example for right that the program refuses", async () => {
  for (const line of [
    "flashpoint --local tasks list --colour",
    "flashpoint policies set -f x",
    "flashpoint tasks lst",
  ]) {
    const program = createProgram().configureOutput({ writeErr: () => {} });
    await expect(program.parseAsync(wordsOf(line), { from: "user" })).rejects.toThrow(/unknown|missing/);
  }
});

it.each([
  ["policies set", ["help", "policies", "set"]],
  ["policies set", ["policies", "set", "--help"]],
  ["policies set", ["policies", "help", "set"]],
  ["policies", ["help", "policies"]],
  ["why", ["help", "why"]],
])("of %s is what %j prints", async (name, args) => {
  const { code, stdout } = await runProgram(["cli/main.ts", ...args]);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^Usage: flashpoint ${name} \\[options\\]`));
  expect(stdout).toMatch(/^Examples:\n {2}.*flashpoint /m);
});

it.each(shown.filter(({ command }) => command.commands.length === 0))(
  "is asked for, with an argument too, without $name being run",
  async ({ words }) => {
    for (const args of [["x"], ["x", "y"], ["--", "-x"]]) {
      const run: string[] = [];
      const program = createProgram()
        .configureOutput({ writeErr: () => {} })
        .hook("preAction", (_program, command) => {
          run.push(command.name());
          if (command.name() !== "help") throw new Error("it would have run");
        });
      const end = await program.parseAsync(["help", ...words, ...args], { from: "user" }).catch((error) => error);
      expect({ run, exitCode: end.exitCode }).toEqual({ run: ["help"], exitCode: 1 });
    }
  },
);

it("is no verb's to run: a surplus word is wrong usage", async () => {
  const end = await runProgram(["cli/main.ts", "--local", "help", "policies", "delete", "checkout"]);
  expect(end).toEqual({
    code: 2,
    stdout: "",
    stderr:
      "error: 'delete' has no commands; help takes the names of commands and no arguments\nAdd --help to see what there is.\n",
  });
});

it("of the program shows what is done daily", () => {
  const lines = examplesOf(helpOf(createProgram()));
  for (const words of ["policies plan", "policies apply", "status", "doctor", "tasks watch"])
    expect(lines.join("\n")).toMatch(new RegExp(`flashpoint (--\\w+ (?:flashpoint )?)?${words}`));
});

it("names what there is for all: output formats, environment, exit codes", async () => {
  const { stdout } = await runProgram(["cli/main.ts", "--help"]);
  for (const text of [
    "yaml",
    "NO_COLOR",
    "FLASHPOINT_STACK",
    "Exit codes: 0 done, 1 failed, 2 wrong usage or input, 130",
    "(tasks watch, status --watch)",
  ])
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(text);
  const { stdout: ofVerb } = await runProgram(["cli/main.ts", "tasks", "list", "--help"]);
  expect(ofVerb).toMatch(/^Global Options:\n {2}--local /m);
});

it("--version says package.json's", async () => {
  const { version } = (await import("../../package.json", { with: { type: "json" } })).default;
  for (const flag of ["--version", "-V"])
    expect(await runProgram(["cli/main.ts", flag])).toEqual({ code: 0, stdout: `${version} (checkout)\n`, stderr: "" });
});

it.each([
  [["policys", "list"], "Did you mean policies?"],
  [["policies", "lst"], "Did you mean list?"],
  [["tasks", "list", "--limt", "3"], "Did you mean --limit?"],
  [["help", "policies", "sett"], "Did you mean set?"],
])("suggests what was meant by %j", async (args, suggestion) => {
  const { code, stderr } = await runProgram(["cli/main.ts", ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(suggestion);
});

it("fits its prose to the terminal, and leaves tables and command lines as they are", () => {
  const prose = "a word ".repeat(20).trim();
  const line = `  flashpoint ${"x".repeat(100)}`;
  const lines = folded(`${prose}\n${line}\nshort`, 40).split("\n");
  expect(lines.slice(-2)).toEqual([line, "short"]);
  expect(lines.slice(0, -2).join(" ")).toBe(prose);
  for (const each of lines.slice(0, -2)) expect(each.length).toBeLessThanOrEqual(40);
  expect(lines).toHaveLength(6);
});
