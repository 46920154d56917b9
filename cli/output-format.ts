import type { Command } from "commander";

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

let yaml: typeof import("./yaml-text.ts") | undefined;

/** Has to be awaited before `yamlText`: who does not ask for YAML does not wait for its package. */
export async function prepareOutput(command: Command): Promise<void> {
  const { json, output } = command.optsWithGlobals<{ json?: boolean; output?: OutputFormat }>();
  if (json && output !== undefined && output !== "json")
    command.error(`error: option '--json' means --output json, and cannot be used with '--output ${output}'`);
  if (outputFormat(command) === "yaml") yaml = await import("./yaml-text.ts");
}

/** The same as JSON says, as one YAML document: yaml-text.ts. */
export function yamlText(value: unknown): string {
  if (yaml === undefined) throw new Error("YAML was not prepared for");
  return yaml.yamlText(value);
}
