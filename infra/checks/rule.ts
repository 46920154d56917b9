import type { CfnResource } from "aws-cdk-lib";
import { NagRuleCompliance, type NagRuleResult } from "cdk-nag";

/** A rule of our own for the resources of a stack. */
export interface Rule {
  readonly name: string;
  /** What is wrong where it does not hold. */
  readonly info: string;
  /** What comes of it, and the source where AWS says so. */
  readonly explanation: string;
  check(resource: CfnResource): NagRuleResult;
}

export const { NOT_APPLICABLE } = NagRuleCompliance;

export function compliantIf(holds: boolean): NagRuleResult {
  return holds ? NagRuleCompliance.COMPLIANT : NagRuleCompliance.NON_COMPLIANT;
}
