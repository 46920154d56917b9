import { type DeployedStack, readDeployedStack } from "../../shared/aws/deployed-stack.ts";
import { InvalidInput, NotFound } from "../../shared/errors.ts";
import type { Settings } from "../../shared/settings.ts";
import { STACK_OUTPUTS, type StackOutputKey } from "../../shared/stack-outputs.ts";

/** CloudFormation API, CreateStack: StackName. */
const STACK_NAME = /^[a-zA-Z][a-zA-Z0-9-]{0,127}$/;

/**
 * Reads what a stack of Flashpoint's says of itself.
 * @throws what says what to do, if there is no such stack, or if it is another's or not there as a whole.
 */
export async function readFlashpointStack(name: string): Promise<DeployedStack> {
  if (!STACK_NAME.test(name)) {
    const problem = `is "${name}"; it takes the name of a CloudFormation stack: a letter, then letters, digits and dashes, 128 at most`;
    throw new InvalidInput("command line", [{ path: "--stack", problem }]);
  }
  const stack = await readDeployedStack(name).catch((error) => {
    throw error instanceof NotFound ? new NotFound(`${error.message}\n${ELSEWHERE}`) : error;
  });
  const why = whyUnusable(stack);
  if (why !== undefined) throw new Error(`stack ${name} in ${stack.region} ${why}`);
  return stack;
}

/**
 * The settings of programs that work with a stack. All that a stack decides is named here, so that nothing of another
 * stack comes in from the environment.
 */
export function settingsOf({ outputs }: Pick<DeployedStack, "outputs">): Settings {
  const settings = Object.entries(STACK_OUTPUTS).flatMap(([key, output]) =>
    "variable" in output ? [[output.variable, outputs.get(key)]] : [],
  );
  return Object.fromEntries(settings);
}

const ELSEWHERE =
  "Check --stack, AWS_REGION and AWS_PROFILE. For tables that no CloudFormation stack made, as on DynamoDB Local, set " +
  "FLASHPOINT_STACK to what their names start with instead of --stack; for a server on this machine add --local.";

/**
 * Why a stack cannot be worked with, and what to do; undefined if it can. CloudFormation has no outputs before a stack is
 * there as a whole, and keeps them through updates that fail: one that has them is asked no further.
 */
export function whyUnusable({ status, outputs }: Pick<DeployedStack, "status" | "outputs">): string | undefined {
  if (outputs.has("ResourcePrefix" satisfies StackOutputKey)) return undefined;
  if (/^(CREATE|IMPORT|REVIEW)_IN_PROGRESS$/.test(status))
    return `is still being created (${status}): try again once it is there`;
  if (/^(CREATE_FAILED|ROLLBACK_|IMPORT_ROLLBACK_)/.test(status))
    return `could not be created (${status}): its events in CloudFormation say why; deploying again starts anew`;
  if (status.startsWith("DELETE_")) return `is being deleted or was to be (${status})`;
  return `is not Flashpoint's (${status}): it has no output ResourcePrefix; check --stack`;
}
