import type { Command } from "commander";
import type { KindName } from "../../shared/collectors/kind-names.ts";
import { KINDS, kindNamed } from "../../shared/collectors/kinds.ts";
import { readSecret } from "./secret-input.ts";

/** Options of which each goes with some kinds only, named like the attribute that they set. */
const KIND_OPTIONS = ["secret", "mode", "username", "password", "tenant", "authentication"] as const;

export type KindOptions = Partial<Record<(typeof KIND_OPTIONS)[number], string>>;

export function refuseForeignOptions(command: Command, options: KindOptions, kind: KindName): void {
  for (const option of KIND_OPTIONS) {
    if (options[option] === undefined || kindNamed(kind).attributes.includes(option)) continue;
    const kinds = Object.entries(KINDS).flatMap(([name, { attributes }]) =>
      attributes.includes(option) ? [name] : [],
    );
    command.error(`error: option '--${option}' goes with ${kinds.join(", ")}, but this collector is a ${kind}`);
  }
}

/** Who gives `-` expects that standard input is read; that is so of secrets, and standard input can be read just once. */
export function refuseOpenDash(command: Command, options: KindOptions, kind: KindName): void {
  const { secrets } = kindNamed(kind);
  for (const option of KIND_OPTIONS) {
    if (options[option] !== "-" || option in secrets) continue;
    const read = KIND_OPTIONS.filter((secret) => secret in secrets).map((secret) => `--${secret}`);
    const advice = `write it out; - reads standard input for ${read.join(" and ")} alone`;
    command.error(`error: option '--${option}' takes no -: ${advice}`);
  }
}

/** The options of the kind; a secret that is given as `-` is read from standard input. */
export async function withSecretsRead(options: KindOptions): Promise<KindOptions> {
  const given: KindOptions = {};
  for (const option of KIND_OPTIONS) {
    const value = options[option];
    if (value !== undefined) given[option] = value === "-" ? await readSecret() : value;
  }
  return given;
}
