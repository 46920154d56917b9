import { shortText } from "../../../shared/diagnosis/short-text.ts";
import { describeFaults } from "../../../shared/errors.ts";
import { BY_HAND } from "../../../shared/policies/policy.ts";
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
    const byHand = stored.filter(
      (entry) => entry.state === "valid" && (entry.staleUuid || entry.policy.updatedBy === BY_HAND),
    );
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
      const names = byHand.flatMap((entry) => (entry.state === "valid" ? [entry.policy.serviceName] : []));
      const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
      const detail = `edited by hand: ${names.slice(0, NAMED).join(", ")}${more}`;
      findings.push({
        status: "warning",
        detail,
        advice: "served as they are; what is kept in files says something else",
      });
    }
    return findings.length > 0 ? findings : ok(`${stored.length} valid`);
  },
};
