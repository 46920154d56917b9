import { CfnEventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { compliantIf, NOT_APPLICABLE, type Rule } from "./rule.ts";
import { resolved } from "./same-stack.ts";

/** One message that fails does not bring the rest of its batch back, and a backlog does not take every function there is. */
export const partialBatches: Rule = {
  name: "PartialBatches",
  info: "The function does not say which messages of a batch failed, or as many run at once as the account has.",
  explanation:
    "Without ReportBatchItemFailures a whole batch comes again for one message; without a maximum concurrency a backlog takes the concurrency that agents' calls need: AWS Lambda Developer Guide, Using Lambda with Amazon SQS.",
  check(resource) {
    if (!(resource instanceof CfnEventSourceMapping)) return NOT_APPLICABLE;
    const scaling = resolved(resource, resource.scalingConfig) as { maximumConcurrency?: number } | undefined;
    return compliantIf(
      resource.functionResponseTypes?.includes("ReportBatchItemFailures") === true &&
        scaling?.maximumConcurrency !== undefined,
    );
  },
};
