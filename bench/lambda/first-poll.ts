import { randomBytes } from "node:crypto";
import { create, fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { startLocalEngines } from "../../server/local/local-engines.ts";
import { makeToken, RANDOM_BYTES, tokenHash } from "../../shared/access/token.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { type Commands, CommandsSchema } from "../../shared/gen/common/Common_pb.js";
import { ContinuousProfilingPolicyQuerySchema } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { createLogger } from "../../shared/log.ts";
import { createServices } from "../../shared/services.ts";
import { POLICIES, POLL_PATH } from "../unchanged-poll.ts";

/** The first call that an instance gets: an agent with a token asks for ten services and holds the policy of none. */
export interface FirstPoll {
  /** The protocol that it is asked in. */
  readonly name: string;
  /** An event of a Function URL. */
  readonly event: object;
  /** @throws unless it is an answer with ten policies. */
  check(answer: APIGatewayProxyStructuredResultV2): void;
}

export interface PollsWithDatabase {
  readonly polls: readonly FirstPoll[];
  /** Where a function finds the database. */
  readonly variables: Record<string, string>;
  stop(): Promise<void>;
}

/** Starts a database with the policies and the token in it, in this process: for a function it is another one. */
export async function startPolls(dataDir: string): Promise<PollsWithDatabase> {
  const ports = { FLASHPOINT_DYNAMODB_PORT: "0", FLASHPOINT_SQS_PORT: "0" };
  const config = loadConfig({ ...ports, FLASHPOINT_DATA_DIR: dataDir });
  const engines = await startLocalEngines(config);
  const { aws } = engines;
  const services = createServices({ config, log: createLogger("silent"), aws: createAwsClients(aws) });
  for (const { serviceName, targets } of POLICIES) {
    await services.policyStore.put(serviceName, targets, { updatedBy: "bench" });
  }
  const token = makeToken(randomBytes(RANDOM_BYTES));
  const createdAt = new Date().toISOString();
  await services.tokenStore.put({ tokenHash: tokenHash(token), name: "bench", createdAt });
  services.close();
  return {
    polls: [overConnect(token), overGrpcWeb(token)],
    variables: {
      FLASHPOINT_REQUIRE_TOKEN: "true",
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint,
      AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
      AWS_ENDPOINT_URL_S3: aws.s3Endpoint,
    },
    stop: engines.close,
  };
}

const QUERY = create(ContinuousProfilingPolicyQuerySchema, {
  policies: POLICIES.map(({ serviceName }) => ({ serviceName })),
});
const GRPC_WEB_PREFIX_BYTES = 5;

function overConnect(token: string): FirstPoll {
  const body = Buffer.from(toJsonString(ContinuousProfilingPolicyQuerySchema, QUERY));
  return {
    name: "Connect, JSON",
    event: eventOf("application/json", token, body),
    check: (answer) => checkCommands(fromJsonString(CommandsSchema, bodyOf(answer).toString("utf8"))),
  };
}

function overGrpcWeb(token: string): FirstPoll {
  const message = toBinary(ContinuousProfilingPolicyQuerySchema, QUERY);
  const prefix = Buffer.alloc(GRPC_WEB_PREFIX_BYTES);
  prefix.writeUInt32BE(message.byteLength, 1);
  return {
    name: "gRPC-web",
    event: eventOf("application/grpc-web+proto", token, Buffer.concat([prefix, message])),
    check(answer) {
      const body = bodyOf(answer);
      const end = GRPC_WEB_PREFIX_BYTES + body.readUInt32BE(1);
      checkCommands(fromBinary(CommandsSchema, body.subarray(GRPC_WEB_PREFIX_BYTES, end)));
    },
  };
}

/** An event of payload format 2.0, as far as it says anything (AWS Lambda Developer Guide, "Invoking function URLs"). */
function eventOf(contentType: string, token: string, body: Buffer): object {
  return {
    version: "2.0",
    rawPath: POLL_PATH,
    rawQueryString: "",
    headers: {
      host: "bench",
      "content-type": contentType,
      "content-length": String(body.byteLength),
      authentication: token,
    },
    requestContext: { domainName: "bench", http: { method: "POST", path: POLL_PATH } },
    body: body.toString("base64"),
    isBase64Encoded: true,
  };
}

function bodyOf({ statusCode, body = "" }: APIGatewayProxyStructuredResultV2): Buffer {
  if (statusCode !== 200) throw new Error(`the first poll was answered with ${statusCode}`);
  return Buffer.from(body, "base64");
}

function checkCommands({ commands }: Commands): void {
  const policies = JSON.parse(commands[0]?.args[0]?.value ?? "[]");
  if (policies.length !== POLICIES.length)
    throw new Error(`the first poll was answered with ${policies.length} policies`);
}
