import { type Command, Option } from "commander";
import { EVENT_KINDS } from "../../shared/collectors/event-kind.ts";
import { DEFAULT_KIND, KIND_NAMES } from "../../shared/collectors/kind-names.ts";
import { TARGETS } from "../../shared/policies/policy.ts";
import { append } from "../append.ts";
import type { SetOptions } from "./set-collector.ts";

export function addSet(collectors: Command): void {
  collectors
    .command("set")
    .description("add a collector, or change one; what is not given stays as it was")
    .argument("<name>")
    .addOption(
      new Option("--kind <kind>", `how it is spoken to; a new one is a ${DEFAULT_KIND} without`).choices(KIND_NAMES),
    )
    .option("--url <url>", "where events are sent to; a new collector needs it")
    .option("--service <glob>", "services whose events it gets, repeatable; * alone is all, !glob takes out", append)
    .addOption(
      new Option("--event <events>", "what it gets, repeatable; without, a new one gets tasks, but Pyroscope profiles")
        .choices(EVENT_KINDS)
        .argParser(append),
    )
    .addOption(
      new Option("--target <target>", "whose events it gets, repeatable; without, all")
        .choices(TARGETS)
        .argParser(append),
    )
    .option("--header <header>", "'name: value' to send along, repeatable; 'name:' removes it", append)
    .option("--timeout <seconds>", "how long one attempt may take, 1 to 15; without, 10")
    .option("--secret <whsec>", "webhook: signs events (Standard Webhooks), - reads it; made and shown once if none")
    .addOption(
      new Option("--mode <mode>", "webhook: the form of CloudEvents; structured without")
        .choices(["structured", "binary"])
        .argParser(String),
    )
    .option("--username <name>", "pyroscope: basic authentication, goes with --password")
    .option("--password <password>", "pyroscope: - reads it from standard input, out of sight of process lists")
    .option("--tenant <id>", "pyroscope: sent as X-Scope-OrgID")
    .option("--authentication <token>", "skywalking: what the OAP asks agents for; - reads it")
    .addHelpText(
      "after",
      `
A value on the command line shows in lists of processes. In place of a secret, and of a header's value, there may be the
ARN of a secret in AWS Secrets Manager that holds it.

Examples:
  flashpoint --local collectors set hook --url http://127.0.0.1:9000/ --service 'checkout*' --event tasks --event profiles
  flashpoint --local collectors set hook --header 'x-team: checkout' --target ON_CPU --timeout 5
  flashpoint --local collectors set flames --kind pyroscope --url http://127.0.0.1:4040/`,
    )
    .action(async (name: string, options: SetOptions, command: Command) => {
      const { setCollector } = await import("./set-collector.ts");
      await setCollector(name, options, command);
    });
}
