import { gunzipSync } from "node:zlib";
import { create, fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { type Commands, CommandsSchema } from "../../shared/gen/common/Common_pb.js";
import { ContinuousProfilingPolicyQuerySchema } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { POLICIES, POLL_PATH } from "../unchanged-poll.ts";
import { GRPC_WEB_PREFIX_BYTES, IN_PROTOCOL, urlEvent } from "./url-event.ts";

/** The first call that an instance gets: an agent with a token asks for ten services and holds the policy of none. */
export interface FirstPoll {
  /** The protocol that it is asked in. */
  readonly name: string;
  /** An event of a Function URL. */
  readonly event: object;
  /** @throws unless it is an answer with ten policies. */
  check(answer: APIGatewayProxyStructuredResultV2): void;
}

/** The flag of a compressed message, in gRPC's prefix. */
const COMPRESSED = 1;
const QUERY = create(ContinuousProfilingPolicyQuerySchema, {
  policies: POLICIES.map(({ serviceName }) => ({ serviceName })),
});

export function firstPolls(token: string): readonly FirstPoll[] {
  const json = Buffer.from(toJsonString(ContinuousProfilingPolicyQuerySchema, QUERY));
  const message = toBinary(ContinuousProfilingPolicyQuerySchema, QUERY);
  return [
    {
      name: "Connect, JSON",
      event: urlEvent({ path: POLL_PATH, token, ...IN_PROTOCOL["Connect JSON"](json) }),
      check(answer) {
        const isCompressed = answer.headers?.["content-encoding"] === "gzip";
        checkCommands(fromJsonString(CommandsSchema, inflated(bodyOf(answer), isCompressed).toString("utf8")));
      },
    },
    {
      name: "gRPC-web",
      event: urlEvent({ path: POLL_PATH, token, ...IN_PROTOCOL["gRPC-web"](message) }),
      check(answer) {
        const body = bodyOf(answer);
        const end = GRPC_WEB_PREFIX_BYTES + body.readUInt32BE(1);
        const frame = body.subarray(GRPC_WEB_PREFIX_BYTES, end);
        checkCommands(fromBinary(CommandsSchema, inflated(frame, body[0] === COMPRESSED)));
      },
    },
  ];
}

/** Ten policies are long enough for an answer to come compressed, if the caller takes it so. */
function inflated(bytes: Buffer, isCompressed: boolean): Buffer {
  return isCompressed ? gunzipSync(bytes) : bytes;
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
