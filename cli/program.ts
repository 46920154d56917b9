import { Command, Option } from "commander";
import { OUTPUT_FORMATS, prepareOutput } from "./output-format.ts";
import { complainOfUsage } from "./terminal/complain.ts";
import { folded } from "./terminal/folded.ts";
import { TOPICS } from "./topics.ts";
import { versionText } from "./version.ts";

const AFTER_HELP = `
Examples:
  flashpoint --local policies plan -f policies/
  flashpoint --local policies apply -f policies/
  flashpoint --local status
  flashpoint --local tasks watch --service checkout
  flashpoint --stack flashpoint tasks list --service checkout -o json
  flashpoint --local why checkout
  flashpoint --stack flashpoint doctor
  flashpoint help policies apply

These options go before a command or behind it. Without --local, the AWS environment decides: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, … For what was deployed, give --stack: the outputs of that stack say where everything is. Without --stack nobody is asked: FLASHPOINT_STACK is what names of tables and queues start with, as for tables on DynamoDB Local.

Output:
  table  for people: tables and sentences, on a terminal as wide as it is
  json   for programs; its fields stay, docs/cli.md names them
  yaml   the same in YAML
What is wrong goes to standard error, always as text.

Environment:
  FLASHPOINT_STACK          what names of tables and queues start with
  FLASHPOINT_DYNAMODB_PORT  with --local, where \`npm start\` has its engines;
  FLASHPOINT_SQS_PORT       8000, 4566 and 12800 if they are not set
  FLASHPOINT_HTTP_PORT
  NO_COLOR, FORCE_COLOR     no colours; colours in pipes too
  CI                        no spinner while something is waited for

Exit codes: 0 done, 1 failed, 2 wrong usage or input, 130 stopped by Ctrl-C. What watches (tasks watch, status --watch) is ended by Ctrl-C as a matter of course, with 0.`;

/**
 * The program as far as its own help needs it. What a topic consists of is added when commander comes to it, or by
 * `loadTopic`.
 */
export function createProgram(): Command {
  const program = new Command("flashpoint")
    .description(
      "Keeps policies as files say, shows what would change, what is deployed and whether it works, and says why a policy did not fire.",
    )
    .option("--local", "use the engines of `npm start` on this machine instead of AWS")
    .option("--stack <name>", "CloudFormation stack to work with; with --local, what names of tables start with")
    .addOption(new Option("-o, --output <format>", "what to print; a table or text without").choices(OUTPUT_FORMATS))
    .option("--json", "the same as --output json")
    .version(versionText(), "-V, --version", "print the version")
    .helpOption("-h, --help", "explain the program or a command")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", AFTER_HELP)
    .configureOutput({ writeOut: (text) => process.stdout.write(folded(text)), writeErr: complainOfUsage })
    .showHelpAfterError("Add --help to see what there is.")
    .exitOverride()
    .hook("preSubcommand", (_program, topic) => loadTopic(topic))
    .hook("preAction", (_program, command) => prepareOutput(command));
  for (const { name, description } of TOPICS) program.command(name).description(description);
  addHelp(program);
  return program;
}

const loaded = new WeakSet<Command>();

/** Adds to a topic's command what it consists of; once. */
export async function loadTopic(command: Command): Promise<void> {
  const isTopic = command.parent !== null && command.parent.parent === null;
  const topic = isTopic ? TOPICS.find(({ name }) => name === command.name()) : undefined;
  if (topic === undefined || loaded.has(command)) return;
  loaded.add(command);
  const add = await topic.load();
  add(command);
  const { examples = [] } = topic;
  if (examples.length > 0)
    command.addHelpText("after", ["\nExamples:", ...examples.map((line) => `  ${line}`)].join("\n"));
}

/** The same with all topics, for whoever walks the whole program. */
export async function loadTopics(program: Command): Promise<void> {
  for (const topic of program.commands) await loadTopic(topic);
}

/** Commander's own shows no verb's help, but that of its noun. */
function addHelp(program: Command): void {
  program
    .command("help")
    .description("explain the program or a command")
    .argument("[command...]")
    .addHelpText("after", "\nExamples:\n  flashpoint help policies set\n  flashpoint help why")
    .action(async (names: string[], _options: object, help: Command) => {
      let command: Command = program;
      for (const name of names) {
        await loadTopic(command);
        // A verb would take the word for its argument, and run.
        if (command.commands.length === 0)
          help.error(`error: '${command.name()}' has no commands; help takes the names of commands and no arguments`);
        const found = command.commands.find((one) => one.name() === name);
        // Commander knows what to say of a word that is no command, and which was meant.
        if (found === undefined) return void (await command.parseAsync([name], { from: "user" }));
        command = found;
      }
      await loadTopic(command);
      command.help();
    });
}
