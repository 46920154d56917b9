import { type Stack, Validations } from "aws-cdk-lib";
import type { CloudAssembly } from "aws-cdk-lib/cx-api";

/** What was synthesised and found, in two lines for whoever did it. A finding that nobody accepted would have ended it. */
export function summary(assembly: CloudAssembly, stack: Stack): string {
  const { Resources, Outputs } = assembly.getStackArtifact(stack.artifactId).template;
  const accepted = stack.node.findAll().flatMap(({ node }) => {
    const entries = node.metadata.filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY);
    const findings = entries.flatMap(({ data }) => Object.keys(data as object));
    return findings.filter((finding) => !finding.startsWith("CloudFormation-Validate::")); // the CDK's own word to itself
  });
  return [
    `flashpoint: stack ${stack.stackName} has ${Object.keys(Resources).length} resources and ${Object.keys(Outputs).length} outputs`,
    `flashpoint: cdk-nag AwsSolutions and Flashpoint's own checks have 0 findings beside ${accepted.length} accepted with reasons`,
  ].join("\n");
}
