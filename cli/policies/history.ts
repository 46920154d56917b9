import { type Command, InvalidArgumentError } from "commander";
import { NotFound } from "../../shared/errors.ts";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { printable } from "../terminal/printable.ts";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";

interface Options {
  limit: number;
  revision?: number;
}

export function addHistory(policies: Command): void {
  policies
    .command("history")
    .description("show what a service's policy was, revision by revision")
    .argument("<service>", "name of the service, as its agents report it")
    .option("--limit <number>", "how many revisions at most, 1 to 20", limit, 20)
    .option("--revision <number>", "print this revision as a policy file", parseRevision)
    .addHelpText(
      "after",
      `
The last 20 revisions are kept. Edits by hand and deletions are revisions too.

Examples:
  flashpoint --local policies history checkout
  flashpoint --local policies history checkout --revision 3`,
    )
    .action(async (serviceName: string, options: Options, command: Command) => {
      const past = await withStores(command, async ({ policyChanges }) => {
        const { readPast } = await import("../../shared/policies/history/past.ts");
        return readPast(policyChanges(), serviceName);
      });
      if (past.length === 0) {
        const list = commandLineFor(command)("policies list");
        throw new NotFound(`${serviceName} has no policy and had none; \`${list}\` shows what there is`);
      }
      if (options.revision !== undefined) return printRevision(options.revision, past, command);
      const { pastJson, whatText } = await import("./past-text.ts");
      const shown = past.slice(0, options.limit);
      print(command, { serviceName, revisions: shown.map(pastJson) }, () => {
        const rows = shown.map((entry) => [
          `${entry.isCurrent ? styled("good", "*") : " "} ${entry.revision.revision}`,
          entry.revision.updatedAt || "-",
          printable(entry.revision.updatedBy) || "-",
          whatText(entry),
        ]);
        return table(["REVISION", "UPDATED", "BY", "WHAT"], rows);
      });
    });
}

async function printRevision(
  number: number,
  past: Awaited<ReturnType<typeof import("../../shared/policies/history/past.ts").readPast>>,
  command: Command,
): Promise<void> {
  const [{ contentOfRevision }, { policyFileOf }, { yamlText }] = await Promise.all([
    import("./past-text.ts"),
    import("../../shared/policies/policy-file.ts"),
    import("../yaml-text.ts"),
  ]);
  const { revision, content } = contentOfRevision(past, number);
  const file = policyFileOf(content);
  const { serviceName, updatedAt, updatedBy } = revision;
  const heading = `${serviceName}: revision ${number}, ${updatedAt || "no date"} by ${updatedBy || "nobody named"}`;
  const about = { serviceName, revision: number, updatedAt: updatedAt || null, updatedBy: updatedBy || null };
  print(command, { ...about, ...file }, () => [`# ${printable(heading)}`, yamlText(file)].join("\n"));
}

function limit(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 20)
    throw new InvalidArgumentError("It takes a whole number from 1 to 20.");
  return value;
}

/** Reads the number of a revision. @throws InvalidArgumentError, which commander shows as wrong usage. */
export function parseRevision(text: string): number {
  if (!/^\d{1,16}(\.\d+)?$/.test(text)) throw new InvalidArgumentError("It takes the number of a revision.");
  return Number(text);
}
