import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { maskSecret, validateCollector } from "../../shared/collectors/collector.ts";
import { InvalidInput } from "../../shared/errors.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";

interface Options {
  url?: string;
  service?: string[];
  secret?: string;
}

/** Bytes of a secret that we make; Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

export function addSet(collectors: Command): void {
  collectors
    .command("set")
    .description("add a webhook, or change one; what is not given stays as it was")
    .argument("<name>")
    .option("--url <url>", "where events are sent by POST; a new collector needs it")
    .option("--service <glob>", "services whose tasks it gets, repeatable; * alone is all, !glob takes out", append)
    .option("--secret <whsec>", "secret that signs events (Standard Webhooks); made and shown once if there is none")
    .addHelpText(
      "after",
      "\nExample:\n  flashpoint --local collectors set hook --url http://127.0.0.1:9000/ --service 'checkout*'",
    )
    .action(async (name: string, { url, service, secret }: Options, command: Command) => {
      await withStores(command, async ({ collectorStore }) => {
        const stored = await collectorStore.get(name);
        const before = stored?.item;
        const isMade = secret === undefined && before?.secret === undefined;
        const madeSecret = `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
        const valid = validateCollector({
          kind: "webhook",
          enabled: true,
          services: ["*"],
          ...before,
          ...(service !== undefined && { services: service }),
          ...(secret !== undefined && { secret }),
          ...(isMade && { secret: madeSecret }),
          ...(url !== undefined && { url }),
          name,
        });
        if (!valid.ok) throw new InvalidInput("collector", valid.faults);
        const { collector } = valid;
        await collectorStore.put(collector, before);
        const shown = isMade ? collector : { ...collector, secret: maskSecret(collector.secret) };
        print(command, shown, () =>
          [
            `${name}: collector ${stored === undefined ? "added" : "changed"}, gets tasks of ${collector.services.join(", ")}`,
            ...(isMade ? [`secret, shown this once: ${madeSecret}`] : []),
          ].join("\n"),
        );
      });
    });
}

function append(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
