import type { Problem } from "../../shared/diagnosis/inspect/problem.ts";

/** What to do about a table, queue or bucket, where it is. */
export function resourceAdvice({ kind }: Pick<Problem, "kind">, isLocal: boolean): string {
  switch (kind) {
    case "missing":
      return isLocal
        ? "`npm start` makes what is missing when it starts: start it again"
        : "`npm run deploy` makes it; check --stack, FLASHPOINT_STACK and the region, too";
    case "wrong":
      return isLocal
        ? "`npm start` sets queues right when it starts; a table that is keyed otherwise has to be made anew, in another --data-dir"
        : "somebody changed it past CloudFormation: drift detection says what, `npm run deploy` does not set it back";
    case "not-allowed":
      return "ask for it; docs/deploying.md lists what operators need";
    default:
      return isLocal
        ? "is `npm start` running? On other ports, set FLASHPOINT_DYNAMODB_PORT and FLASHPOINT_SQS_PORT"
        : "check the credentials, AWS_REGION and the network; https://health.aws.amazon.com says how AWS is";
  }
}
