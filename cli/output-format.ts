import type { Command } from "commander";
import { steers } from "./terminal/printable.ts";

export const OUTPUT_FORMATS = ["table", "json", "yaml"] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What a verb prints: a table or text for people, or JSON or YAML for programs. */
export function outputFormat(command: Command): OutputFormat {
  const { json, output } = command.optsWithGlobals<{ json?: boolean; output?: OutputFormat }>();
  return output ?? (json ? "json" : "table");
}

/** Whether what is printed is for programs: then nothing else goes to standard output. */
export function isForPrograms(command: Command): boolean {
  return outputFormat(command) !== "table";
}

let yaml: typeof import("yaml") | undefined;

/** Has to be awaited before `yamlText`: who does not ask for YAML does not wait for its package. */
export async function prepareOutput(command: Command): Promise<void> {
  const { json, output } = command.optsWithGlobals<{ json?: boolean; output?: OutputFormat }>();
  if (json && output !== undefined && output !== "json")
    command.error(`error: option '--json' means --output json, and cannot be used with '--output ${output}'`);
  if (outputFormat(command) === "yaml") yaml = await import("yaml");
}

/** The same as JSON says, as one YAML document: no line is folded, nothing is an alias. */
export function yamlText(value: unknown): string {
  if (yaml === undefined) throw new Error("YAML was not prepared for");
  const { Document, visit } = yaml;
  const document = new Document(JSON.parse(JSON.stringify(value)));
  visit(document, {
    Scalar(_key, node) {
      // In double quotes an escape means what it stands for; elsewhere it would be a backslash and a few letters.
      if (typeof node.value === "string" && steers(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}
