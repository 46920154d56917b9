import type { Command } from "commander";
import { isSecretArn } from "../../shared/aws/secret-arn.ts";
import type { StoredCollector } from "../../shared/collectors/collector-store.ts";
import type { WebhookCollector } from "../../shared/collectors/webhook/webhook-collector.ts";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { InvalidInput, NotFound } from "../../shared/errors.ts";
import { commandLineFor } from "../command-line.ts";
import { durationMs } from "../duration.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { notCutShort } from "../terminal/until-stopped.ts";
import { readSecret } from "./secret-input.ts";

const KEEP_MS = { least: 60_000, most: 30 * 86_400_000 };

export function addRotate(collectors: Command): void {
  collectors
    .command("rotate")
    .description("give a webhook a new secret; until the one before ends, events carry the signatures of both")
    .argument("<name>")
    .option("--secret <whsec>", "the new one, - reads it from standard input; without, one is made and shown once")
    .option("--keep <time>", "how long the secret before signs too, 1m to 30d", "24h")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local collectors rotate hook
  flashpoint --local collectors rotate hook --keep 7d --secret - < new-secret`,
    )
    .action(async (name: string, options: { secret?: string; keep: string }, command: Command) => {
      const keepMs = keepMsOf(options.keep, command);
      const [{ maskSecrets }, { validateCollector }, { makeSecret }] = await Promise.all([
        import("../../shared/collectors/kinds.ts"),
        import("../../shared/collectors/validate-collector.ts"),
        import("../../shared/collectors/webhook/secret.ts"),
      ]);
      await withStores(command, async ({ collectorStore }) => {
        const stored = await collectorStore.get(name);
        if (stored === undefined) throw new NotFound(`there is no collector named ${name}`);
        const before = webhookWithSecret(stored, commandLineFor(command));
        const secret = options.secret === "-" ? await readSecret() : (options.secret ?? makeSecret());
        if (secret === before.secret) {
          throw new InvalidInput("collector", [{ path: "secret", problem: "is this one already; take another" }]);
        }
        const previousSecretUntil = new Date(Date.now() + keepMs).toISOString();
        const valid = validateCollector({ ...before, secret, previousSecret: before.secret, previousSecretUntil });
        if (!valid.ok) throw new InvalidInput("collector", valid.faults);
        await notCutShort(async () => {
          await collectorStore.put(valid.collector, stored.item);
          const isMade = options.secret === undefined;
          const shown = maskSecrets(valid.collector);
          print(
            command,
            isMade ? { ...shown, secret } : shown,
            () =>
              [
                `${name}: secret rotated; until ${previousSecretUntil} events are signed with the one before too`,
                ...(isMade ? [`secret, shown this once: ${secret}`] : []),
              ].join("\n"),
            { showsSecret: isMade },
          );
        });
      });
    });
}

/** @throws InvalidInput if there is no secret that could be rotated here. */
function webhookWithSecret(stored: StoredCollector, commandLine: CommandLine): WebhookCollector {
  if (!stored.ok) throw new InvalidInput("collector", stored.faults);
  const { collector } = stored;
  if (collector.kind !== "webhook") {
    const problem = `is ${collector.kind}, which signs nothing; \`${commandLine("collectors set", stored.name)}\` changes what it logs in with`;
    throw new InvalidInput("collector", [{ path: "kind", problem }]);
  }
  if (isSecretArn(collector.secret)) {
    const problem = "lies in AWS Secrets Manager: rotate it there, and for 24 hours events are signed with both";
    throw new InvalidInput("collector", [{ path: "secret", problem }]);
  }
  return collector;
}

function keepMsOf(text: string, command: Command): number {
  const ms = durationMs(text);
  if (ms === undefined || ms < KEEP_MS.least || ms > KEEP_MS.most) {
    command.error("error: option '--keep' takes 1m to 30d, for instance 90m, 24h or 7d");
  }
  return ms;
}
