import type { Command } from "commander";
import { PROFILABLE_HELP } from "../agents/profilable-text.ts";
import { commandLineFor } from "../command-line.ts";
import { addServerOption, liveValues } from "../live-values.ts";
import { print } from "../output.ts";
import { refuseBadServiceName } from "../policies/service-name.ts";
import { withStores } from "../stores.ts";

export function addWhy(why: Command): void {
  addServerOption(why)
    .argument("<service>")
    .addHelpText("after", `\n${PROFILABLE_HELP}\n\nExamples:\n  flashpoint --local why checkout`)
    .action(async (serviceName: string, _options: object, command: Command) => {
      refuseBadServiceName(serviceName);
      const [live, { gatherFacts }, { likelyReason }, { whyJson, whyText }] = await Promise.all([
        liveValues(command, [serviceName]),
        import("../../shared/diagnosis/service-facts.ts"),
        import("../../shared/diagnosis/likely-reason.ts"),
        import("./why-text.ts"),
      ]);
      const facts = await withStores(command, (stores) => gatherFacts(serviceName, { ...stores, live }));
      const commandLine = commandLineFor(command);
      const reason = likelyReason(facts, commandLine);
      print(command, whyJson(facts, reason), () => whyText(facts, reason, commandLine));
    });
}
