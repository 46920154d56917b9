import { errorText } from "../../../shared/errors.ts";
import { type Check, ok } from "../check.ts";

/** Whether there are AWS credentials, and AWS takes them. */
export const credentials: Check = {
  name: "credentials",
  needs: ["configuration"],
  async run({ isLocal, stores }) {
    if (isLocal) return ok("none needed: the engines on this machine take any");
    const { sqs } = stores;
    try {
      await sqs.config.credentials();
    } catch (error) {
      const detail = `no AWS credentials: ${firstLine(errorText(error))}`;
      return [{ status: "failed", detail, advice: "set AWS_PROFILE, or sign in with `aws sso login`" }];
    }
    const { askCallerIdentity, RefusedCredentials } = await import("../../../shared/aws/caller-identity.ts");
    try {
      const { arn, account } = await askCallerIdentity(sqs.config);
      return ok(`${arn}, account ${account}`);
    } catch (error) {
      if (error instanceof RefusedCredentials) {
        const detail = `AWS does not take the credentials: ${error.code}: ${firstLine(error.message)}`;
        return [{ status: "failed", detail, advice: adviceFor(error.code) }];
      }
      const detail = `there, but STS could not be asked whose they are: ${firstLine(errorText(error))}`;
      return [{ status: "warning", detail, advice: "the lines below say what they are good for" }];
    }
  },
};

function adviceFor(code: string): string {
  if (code.startsWith("Expired")) return "they have expired: sign in again, for instance with `aws sso login`";
  return "check AWS_PROFILE and the keys that it names, and the clock";
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").slice(0, 200);
}
