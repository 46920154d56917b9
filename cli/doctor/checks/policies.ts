import { editedByHand } from "../../../shared/diagnosis/edited-by-hand.ts";
import { shortText } from "../../../shared/diagnosis/short-text.ts";
import { describeFaults } from "../../../shared/errors.ts";
import { type Check, type Finding, ok } from "../check.ts";

/** As many services are named. */
const NAMED = 5;

/** Whether every policy is valid, and as the command line wrote it. */
export const policies: Check = {
  name: "policies",
  needs: ["tables/policies"],
  async run({ stores, commandLine }) {
    const stored = await stores.policyStore.list();
    if (stored.length === 0) {
      const advice = `\`${commandLine("policies set SERVICE -f FILE")}\` makes one`;
      return [{ status: "warning", detail: "none: nothing is profiled", advice }];
    }
    const invalid = stored.filter((entry) => entry.state === "invalid");
    const byHand = editedByHand(stored);
    const findings: Finding[] = invalid.slice(0, NAMED).map(({ serviceName, faults }) => ({
      status: "failed",
      detail: `${serviceName} is invalid and served to nobody: ${shortText(describeFaults(faults))}`,
      advice: `\`${commandLine("policies get", serviceName)}\``,
    }));
    if (invalid.length > NAMED)
      findings.push({
        status: "failed",
        detail: `${invalid.length - NAMED} more are invalid`,
        advice: `\`${commandLine("policies list")}\``,
      });
    if (byHand.length > 0) {
      const more = byHand.length > NAMED ? ` and ${byHand.length - NAMED} more` : "";
      const detail = `edited by hand: ${byHand.slice(0, NAMED).join(", ")}${more}`;
      findings.push({
        status: "warning",
        detail,
        advice: "served as they are; what is kept in files says something else",
      });
    }
    return findings.length > 0 ? findings : ok(`${stored.length} valid`);
  },
};
