import { bucketAnswers } from "../../../shared/diagnosis/bucket-answers.ts";
import { problemIn } from "../../../shared/diagnosis/inspect/problem.ts";
import { type Check, ok } from "../check.ts";
import { resourceAdvice } from "../resource-advice.ts";

/** Whether the bucket of profiles is there, and can be read. */
export const bucket: Check = {
  name: "bucket",
  needs: ["credentials"],
  async run({ stores, isLocal }) {
    const { profileBucket } = stores.config;
    try {
      if ((await bucketAnswers(stores.aws.s3Reader, profileBucket)) === "readable")
        return ok(`${profileBucket} is there, readable`);
      const detail = `${profileBucket} answers, but you may not read it (s3:GetObject, s3:ListBucket)`;
      return [
        {
          status: "warning",
          detail,
          advice: "only fetching profiles takes that; docs/deploying.md lists what operators need",
        },
      ];
    } catch (error) {
      const problem = problemIn(error, { of: profileBucket, engine: "S3", permission: "s3:GetObject" });
      const isMissing = /NoSuchBucket|does not exist/.test(`${(error as Error).message} ${problem.text}`);
      const detail = isMissing ? `there is no bucket ${profileBucket}` : problem.text;
      return [
        { status: "failed", detail, advice: resourceAdvice({ kind: isMissing ? "missing" : problem.kind }, isLocal) },
      ];
    }
  },
};
