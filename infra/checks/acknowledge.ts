import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * Accepts a finding of cdk-nag or of our own checks on a construct and what is in it.
 * @param finding rule and, where the rule names several on one resource, which: `AwsSolutions-IAM5[Resource::*]`.
 * @param reason why it is right here, for whoever reviews the stack.
 */
export function acknowledge(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: finding, reason });
}
