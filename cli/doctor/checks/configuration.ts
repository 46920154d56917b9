import { errorText, InvalidInput } from "../../../shared/errors.ts";
import { explain } from "../../exit.ts";
import { type Check, type Context, type Finding, ok } from "../check.ts";

/** Whether the settings are valid, and name a stack and a region. */
export const configuration: Check = {
  name: "configuration",
  async run(context) {
    const { failure, isLocal } = context;
    if (failure !== undefined) return [failed(failure, isLocal)];
    const { config, stack, deployed, sqs } = context.stores;
    if (isLocal) {
      const { dynamodbPort, sqsPort } = config;
      return ok(`names start with ${stack}, engines on this machine at ports ${dynamodbPort} and ${sqsPort}`);
    }
    const region = await sqs.config.region().catch(() => undefined);
    if (region === undefined)
      return [
        {
          status: "failed",
          detail: "no AWS region is set",
          advice: "set AWS_REGION, or AWS_PROFILE to a profile with one",
        },
      ];
    if (deployed === undefined) return ok(`names start with ${stack}, in ${region}; no CloudFormation stack was named`);
    return [stackFinding(deployed)];
  },
};

function stackFinding({ name, region, status }: NonNullable<Context["stores"]["deployed"]>): Finding {
  const detail = `stack ${name} in ${region}, ${status}`;
  if (!/FAILED|ROLLBACK/.test(status)) return { status: "ok", detail };
  return {
    status: "warning",
    detail,
    advice: "its events in CloudFormation say what failed; `npm run deploy` tries again",
  };
}

function failed(failure: unknown, local: boolean): Finding {
  const [first = "", ...rest] = explain(failure, { local }).message.split("\n");
  const detail = failure instanceof InvalidInput ? errorText(failure) : first;
  const advice = failure instanceof InvalidInput ? "set it right in the environment" : rest.join(" ").trim();
  return { status: "failed", detail, advice: advice || undefined };
}
