import type { Command } from "commander";
import type { Pause } from "../../shared/collectors/collector-health.ts";
import { DEFAULT_KIND, type KindName } from "../../shared/collectors/kind-names.ts";
import { type Collector, isKindName, maskSecrets } from "../../shared/collectors/kinds.ts";
import { validateCollector } from "../../shared/collectors/validate-collector.ts";
import { makeSecret } from "../../shared/collectors/webhook/secret.ts";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { type Fault, InvalidInput } from "../../shared/errors.ts";
import { TARGETS } from "../../shared/policies/policy.ts";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { complain } from "../terminal/complain.ts";
import { notCutShort } from "../terminal/until-stopped.ts";
import { addressWarning } from "./address-warning.ts";
import { asGiven, withHeaders } from "./header-option.ts";
import { type KindOptions, refuseForeignOptions, refuseOpenDash, withSecretsRead } from "./kind-options.ts";
import { pauseText } from "./pause-text.ts";

export type SetOptions = KindOptions & {
  kind?: KindName;
  url?: string;
  service?: string[];
  event?: string[];
  target?: string[];
  header?: string[];
  timeout?: string;
};

type Item = Readonly<Record<string, unknown>>;

/** Adds a collector as the options say, or changes what they name of the one that there is. */
export async function setCollector(name: string, options: SetOptions, command: Command): Promise<void> {
  await withStores(command, async ({ collectorStore, collectorNetworks }) => {
    const found = await collectorStore.get(name);
    const stored = found?.item;
    const kind = kindToSet(stored, options.kind);
    refuseForeignOptions(command, options, kind);
    refuseOpenDash(command, options, kind);
    const given = await withSecretsRead(options);
    const before = given.secret === undefined ? stored : withoutPreviousSecret(stored);
    const isMade = kind === "webhook" && given.secret === undefined && before?.secret === undefined;
    const faults: Fault[] = [];
    const valid = validateCollector({
      ...before,
      ...baseAttributes(options, before, faults),
      ...given,
      ...(isMade && { secret: makeSecret() }),
      kind,
      name,
    });
    if (!valid.ok) faults.push(...valid.faults);
    if (!valid.ok || faults.length > 0) {
      const named = asGiven(faults, options.header ?? []);
      throw new InvalidInput("collector", stored === undefined ? named.map((fault) => ofNew(name, fault)) : named);
    }
    const { collector } = valid;
    await notCutShort(async () => {
      await collectorStore.put(collector, before);
      const warning = options.url === undefined ? undefined : addressWarning(collector.url, collectorNetworks);
      if (warning !== undefined) complain(`flashpoint: warning: ${warning}\n`);
      const made = isMade && "secret" in collector ? { secret: collector.secret } : undefined;
      print(
        command,
        { ...maskSecrets(collector), ...made },
        () => {
          const verb = stored === undefined ? "added" : "changed";
          return [
            `${name}: collector ${verb}, ${nowText(collector, found?.health.paused, commandLineFor(command))}`,
            ...(made === undefined ? [] : [`secret, shown this once: ${made.secret}`]),
          ].join("\n");
        },
        { showsSecret: made !== undefined },
      );
    });
  });
}

/** What the options that go with every kind change. */
function baseAttributes(options: SetOptions, before: Item | undefined, faults: Fault[]): Record<string, unknown> {
  const { service, event, target, url, timeout, header } = options;
  return {
    ...(service !== undefined && { services: service }),
    ...(event !== undefined && { events: event }),
    ...(target !== undefined && { targets: target }),
    ...(url !== undefined && { url }),
    ...(timeout !== undefined && { timeoutSeconds: Number(timeout) }),
    ...(header !== undefined && { headers: withHeaders(before?.headers, header, faults) }),
  };
}

function nowText(collector: Collector, paused: Pause | undefined, commandLine: CommandLine): string {
  if (!collector.enabled) return "gets nothing: its item says that it is not enabled";
  return paused === undefined ? getsText(collector) : `but ${pauseText(collector.name, paused, commandLine)}`;
}

function getsText({ events, services, targets }: Collector): string {
  const gets = `gets ${events.join(" and ")} of ${services.join(", ")}`;
  return targets.length === TARGETS.length ? gets : `${gets} for ${targets.join(" and ")}`;
}

/** What signed beside a secret that is replaced at once does not sign beside the next. */
function withoutPreviousSecret(item: Item | undefined): Item | undefined {
  if (item === undefined) return undefined;
  const { previousSecret: _previous, previousSecretUntil: _until, ...kept } = item;
  return kept;
}

/** Whoever mistyped a name should hear that, not that an address is missing. */
function ofNew(name: string, fault: Fault): Fault {
  if (fault.path !== "url" || !fault.problem.startsWith("is missing")) return fault;
  return { ...fault, problem: `${fault.problem} (there is no collector ${name} yet; a new one needs --url)` };
}

/** Its attributes would not go with another kind; a kind that is not known can only be mended. */
function kindToSet(before: Item | undefined, asked: KindName | undefined): KindName {
  if (before === undefined) return asked ?? DEFAULT_KIND;
  const { kind = DEFAULT_KIND } = before;
  if (!isKindName(kind)) return asked ?? DEFAULT_KIND;
  if (asked === undefined || asked === kind) return kind;
  const problem = `is ${kind} and stays it; to make it ${asked}, delete the collector and set it anew`;
  throw new InvalidInput("collector", [{ path: "kind", problem }]);
}
