import { once } from "node:events";
import { createServer } from "node:http";

/** A stack as CloudFormation tells of it. */
export interface ToldStack {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What was asked for. */
export interface StackRequest {
  readonly stackName: string;
  /** Of the signature. */
  readonly region: string;
}

interface Failure {
  code: string;
  message: string;
  status?: number;
}

export interface CloudFormationDouble {
  readonly url: string;
  readonly requests: StackRequest[];
  /** From now on. */
  put(name: string, stack: ToldStack): void;
  /** How requests end from now on: in an error, in no answer, or in what is not CloudFormation's. */
  fail(how: Failure | "hang" | "page" | undefined): void;
  close(): Promise<void>;
}

const NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/** What stands in for AWS CloudFormation on 127.0.0.1: DescribeStacks of one stack, in the AWS query protocol. */
export async function startCloudFormationDouble(): Promise<CloudFormationDouble> {
  const stacks = new Map<string, ToldStack>();
  const requests: StackRequest[] = [];
  let failure: Failure | "hang" | "page" | undefined;

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
    const answer = (status: number, body: string): void => {
      response.writeHead(status, { "content-type": "text/xml" }).end(body);
    };
    const refuse = ({ code, message, status = 400 }: Failure): void => answer(status, errorXml(code, message));
    if (asked.get("Action") !== "DescribeStacks" || asked.get("Version") !== "2010-05-15")
      return refuse({ code: "InvalidAction", message: `Could not find operation ${asked.get("Action")}` });
    const stackName = asked.get("StackName") ?? "";
    const [, region = ""] =
      /Credential=[^/]+\/\d+\/([^/]+)\/cloudformation\//.exec(request.headers.authorization ?? "") ?? [];
    requests.push({ stackName, region });
    if (failure === "hang") return;
    if (failure === "page") return answer(200, "<html><body>Sign in to this network</body></html>");
    if (failure !== undefined) return refuse(failure);
    const stack = stacks.get(stackName);
    if (stack === undefined)
      return refuse({ code: "ValidationError", message: `Stack with id ${stackName} does not exist` });
    answer(200, stackXml(stackName, region, stack));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    put(name, stack) {
      stacks.set(name, stack);
    },
    fail(how) {
      failure = how;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function stackXml(name: string, region: string, { status, outputs }: ToldStack): string {
  const members = Object.entries(outputs).map(
    ([key, value]) => `
          <member>
            <OutputKey>${escaped(key)}</OutputKey>
            <OutputValue>${escaped(value)}</OutputValue>
            <Description>What ${escaped(key)} is for</Description>
          </member>`,
  );
  // Stacks that have no outputs leave the list out.
  const list = members.length === 0 ? "" : `<Outputs>${members.join("")}\n        </Outputs>`;
  return `<DescribeStacksResponse xmlns="${NAMESPACE}">
  <DescribeStacksResult>
    <Stacks>
      <member>
        <StackId>arn:aws:cloudformation:${region}:123456789012:stack/${name}/11111111-1111-1111-1111-111111111111</StackId>
        <StackName>${name}</StackName>
        <CreationTime>2026-01-31T12:00:00.000Z</CreationTime>
        <StackStatus>${status}</StackStatus>
        <DisableRollback>false</DisableRollback>
        ${list}
      </member>
    </Stacks>
  </DescribeStacksResult>
  <ResponseMetadata><RequestId>22222222-2222-2222-2222-222222222222</RequestId></ResponseMetadata>
</DescribeStacksResponse>`;
}

function errorXml(code: string, message: string): string {
  return `<ErrorResponse xmlns="${NAMESPACE}">
  <Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error>
  <RequestId>22222222-2222-2222-2222-222222222222</RequestId>
</ErrorResponse>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** What the SDK has to find in the environment to reach the double, and nothing of the machine's user. */
export function environmentFor({ url }: Pick<CloudFormationDouble, "url">, home: string): Record<string, string> {
  return {
    HOME: home,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL_CLOUDFORMATION: url,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "key",
    AWS_REGION: "us-east-1",
  };
}
