import { type Command, Option } from "commander";
import {
  DEFAULT_KIND,
  isKindName,
  KINDS,
  type KindName,
  kindNamed,
  maskSecrets,
} from "../../shared/collectors/kinds.ts";
import { validateCollector } from "../../shared/collectors/validate-collector.ts";
import { makeSecret } from "../../shared/collectors/webhook/secret.ts";
import { type Fault, InvalidInput } from "../../shared/errors.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { readSecret } from "./secret-input.ts";

/** Options of which each goes with some kinds only, named like the attribute that they set. */
const KIND_OPTIONS = ["secret", "username", "password", "tenant"] as const;

type Options = Partial<Record<(typeof KIND_OPTIONS)[number], string>> & {
  kind?: KindName;
  url?: string;
  service?: string[];
  event?: string[];
};

export function addSet(collectors: Command): void {
  collectors
    .command("set")
    .description("add a collector, or change one; what is not given stays as it was")
    .argument("<name>")
    .addOption(
      new Option("--kind <kind>", `how it is spoken to; a new one is a ${DEFAULT_KIND} without`).choices(
        Object.keys(KINDS),
      ),
    )
    .option("--url <url>", "where events are sent to; a new collector needs it")
    .option("--service <glob>", "services whose events it gets, repeatable; * alone is all, !glob takes out", append)
    .option(
      "--event <events>",
      "tasks or profiles, repeatable; without, a new webhook gets tasks, Pyroscope profiles",
      append,
    )
    .option("--secret <whsec>", "webhook: signs events (Standard Webhooks), - reads it; made and shown once if none")
    .option("--username <name>", "pyroscope: basic authentication, goes with --password")
    .option("--password <password>", "pyroscope: - reads it from standard input, out of sight of process lists")
    .option("--tenant <id>", "pyroscope: sent as X-Scope-OrgID")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local collectors set hook --url http://127.0.0.1:9000/ --service 'checkout*' --event tasks --event profiles
  flashpoint --local collectors set flames --kind pyroscope --url http://127.0.0.1:4040/`,
    )
    .action(async (name: string, options: Options, command: Command) => {
      await withStores(command, async ({ collectorStore }) => {
        const before = (await collectorStore.get(name))?.item;
        const kind = kindToSet(before, options.kind);
        refuseForeignOptions(command, options, kind);
        refuseOpenDash(command, options, kind);
        const given = await withSecretsRead(options);
        const isMade = kind === "webhook" && given.secret === undefined && before?.secret === undefined;
        const valid = validateCollector({
          enabled: true,
          services: ["*"],
          ...before,
          ...(options.service !== undefined && { services: options.service }),
          ...(options.event !== undefined && { events: options.event }),
          ...(options.url !== undefined && { url: options.url }),
          ...given,
          ...(isMade && { secret: makeSecret() }),
          kind,
          name,
        });
        if (!valid.ok) {
          const faults = before === undefined ? valid.faults.map((fault) => ofNew(name, fault)) : valid.faults;
          throw new InvalidInput("collector", faults);
        }
        const { collector } = valid;
        await collectorStore.put(collector, before);
        print(command, isMade ? collector : maskSecrets(collector), () => {
          const verb = before === undefined ? "added" : "changed";
          const gets = `gets ${collector.events.join(" and ")} of ${collector.services.join(", ")}`;
          return [
            `${name}: collector ${verb}, ${collector.enabled ? gets : "gets nothing: its item says that it is not enabled"}`,
            ...(isMade && "secret" in collector ? [`secret, shown this once: ${collector.secret}`] : []),
          ].join("\n");
        });
      });
    });
}

/** Whoever mistyped a name should hear that, not that an address is missing. */
function ofNew(name: string, fault: Fault): Fault {
  if (fault.path !== "url" || !fault.problem.startsWith("is missing")) return fault;
  return { ...fault, problem: `${fault.problem} (there is no collector ${name} yet; a new one needs --url)` };
}

/** Its attributes would not go with another kind; a kind that is not known can only be mended. */
function kindToSet(before: Readonly<Record<string, unknown>> | undefined, asked: KindName | undefined): KindName {
  if (before === undefined) return asked ?? DEFAULT_KIND;
  const { kind = DEFAULT_KIND } = before;
  if (!isKindName(kind)) return asked ?? DEFAULT_KIND;
  if (asked === undefined || asked === kind) return kind;
  const problem = `is ${kind} and stays it; to make it ${asked}, delete the collector and set it anew`;
  throw new InvalidInput("collector", [{ path: "kind", problem }]);
}

function refuseForeignOptions(command: Command, options: Options, kind: KindName): void {
  for (const option of KIND_OPTIONS) {
    if (options[option] === undefined || kindNamed(kind).attributes.includes(option)) continue;
    const kinds = Object.entries(KINDS).flatMap(([name, { attributes }]) =>
      attributes.includes(option) ? [name] : [],
    );
    command.error(`error: option '--${option}' goes with ${kinds.join(", ")}, but this collector is a ${kind}`);
  }
}

/** Who gives `-` expects that standard input is read; that is so of secrets, and standard input can be read just once. */
function refuseOpenDash(command: Command, options: Options, kind: KindName): void {
  const { secrets } = kindNamed(kind);
  for (const option of KIND_OPTIONS) {
    if (options[option] !== "-" || option in secrets) continue;
    const read = Object.keys(secrets).map((secret) => `--${secret}`);
    const advice = `write it out; - reads standard input for ${read.join(" and ")} alone`;
    command.error(`error: option '--${option}' takes no -: ${advice}`);
  }
}

/** The options of the kind; a secret that is given as `-` is read from standard input. */
async function withSecretsRead(options: Options): Promise<Partial<Record<string, string>>> {
  const given: Partial<Record<string, string>> = {};
  for (const option of KIND_OPTIONS) {
    const value = options[option];
    if (value !== undefined) given[option] = value === "-" ? await readSecret() : value;
  }
  return given;
}

function append(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
