import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { NotFound, Unavailable } from "../errors.ts";
import { withinDeadline } from "./deadline.ts";

/** What CloudFormation says of a stack. */
export interface DeployedStack {
  readonly name: string;
  readonly region: string;
  /** For instance UPDATE_COMPLETE. */
  readonly status: string;
  /** Values by key; empty until the stack is there as a whole. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** A person waits; the first question may have to fetch credentials from somewhere. */
const DEADLINE_MS = 5_000;
const LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
};

/**
 * Asks CloudFormation about the stack of that name, in the region and with the credentials of the environment; the SDK
 * heeds AWS_ENDPOINT_URL_CLOUDFORMATION.
 * @throws NotFound, with the region that was asked; Unavailable if CloudFormation does not say within 5 seconds.
 */
export async function readDeployedStack(name: string): Promise<DeployedStack> {
  const client = new CloudFormationClient(LIMITS);
  try {
    const region = await regionOf(client);
    return await withinDeadline("CloudFormation", (signal) => describe(client, { name, region, signal }), DEADLINE_MS);
  } finally {
    client.destroy();
  }
}

async function regionOf(client: CloudFormationClient): Promise<string> {
  try {
    return await client.config.region();
  } catch (cause) {
    throw new Unavailable("CloudFormation cannot be asked without a region", { cause });
  }
}

interface Question {
  name: string;
  region: string;
  signal: AbortSignal;
}

async function describe(client: CloudFormationClient, { name, region, signal }: Question): Promise<DeployedStack> {
  const answer = client.send(new DescribeStacksCommand({ StackName: name }), { abortSignal: signal });
  const { Stacks: [stack] = [] } = await answer.catch((error) => {
    throw translated(error, name, region);
  });
  if (stack === undefined) throw new Unavailable(`what answers as CloudFormation says nothing of stack ${name}`);
  const { StackStatus: status = "", Outputs = [] } = stack;
  const outputs = new Map(Outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
  return { name, region, status, outputs };
}

/** Tells apart what an operator mends in different ways; the rest is told by `withinDeadline`. */
function translated(error: unknown, name: string, region: string): unknown {
  if (!(error instanceof Error)) return error;
  // There is no error code of its own for it.
  if (error.name === "ValidationError" && error.message.includes("does not exist"))
    return new NotFound(`there is no stack named ${name} in ${region}`);
  if (error.name === "CredentialsProviderError")
    return new Unavailable("CloudFormation cannot be asked without AWS credentials", { cause: error });
  if (error.name.startsWith("AccessDenied")) {
    const what = `CloudFormation does not let you ask about stack ${name} in ${region}`;
    return new Unavailable(`${what}; it takes the permission cloudformation:DescribeStacks`, { cause: error });
  }
  return error;
}
