import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { isResendDue } from "../shared/agent/resend-slot.ts";
import {
  type ContinuousProfilingPolicyQuery,
  ContinuousProfilingPolicyQuerySchema,
  ContinuousProfilingService,
} from "../shared/gen/ebpf/profiling/Continuous_pb.js";
import type { PolicyTargets } from "../shared/policies/policy.ts";
import { policyUuid } from "../shared/policies/policy-uuid.ts";

/**
 * The poll that comes by far the most: an agent asks for ten services and holds the policy of each. The answer is an
 * empty message.
 */

export const POLL_PATH = `/${ContinuousProfilingService.typeName}/${ContinuousProfilingService.method.queryPolicies.name}`;

const SERVICES_PER_POLL = 10;
const MINUTE_MS = 60_000;
const SLOT_MS = 10_000;

/**
 * For one slot of 10 s in each minute a service's policy is sent again though unchanged (resend-slot.ts). That is another
 * figure, so it is kept out of this one: the clock runs, but again and again through the first slot of its minute,
 * and no service of the poll has that slot. The server still works out every service's slot, as always.
 */
export function clockWithoutResends(now = Date.now()): number {
  return now - (now % MINUTE_MS) + (now % SLOT_MS);
}

export const POLICIES: readonly { serviceName: string; targets: PolicyTargets }[] = Array.from(
  { length: SERVICES_PER_POLL * 3 },
  (_, index) => `shop::checkout-${index + 1}`,
)
  .filter((serviceName) => !isResendDue(serviceName, 0))
  .slice(0, SERVICES_PER_POLL)
  .map((serviceName, index) => ({ serviceName, targets: targetsOf(60 + index) }));

/** What the agent asks. */
export function pollQuery(): ContinuousProfilingPolicyQuery {
  return create(ContinuousProfilingPolicyQuerySchema, {
    policies: POLICIES.map(({ serviceName, targets }) => ({ serviceName, uuid: policyUuid(targets) })),
  });
}

/** The same in protobuf. */
export function pollMessage(): Uint8Array {
  return toBinary(ContinuousProfilingPolicyQuerySchema, pollQuery());
}

/** The same in JSON. */
export function pollJson(): Buffer {
  return Buffer.from(toJsonString(ContinuousProfilingPolicyQuerySchema, pollQuery()));
}

/** The request message as it travels, behind gRPC's five bytes of prefix. */
export function pollRequest(): Buffer {
  const message = pollMessage();
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([prefix, message]);
}

const CLIENT = "connect-es/2.2.0";
const CONNECT = { "accept-encoding": "gzip,br", "connect-protocol-version": "1", "user-agent": CLIENT };

/**
 * What a client says in its headers, beside whose message it is and how long: the project's own library as a client, in
 * Node. Clients take answers compressed unless they are told otherwise, and a server has to look at that with every call.
 */
export const CLIENT_HEADERS: Readonly<
  Record<"gRPC-web" | "Connect proto" | "Connect JSON", Readonly<Record<string, string>>>
> = {
  "gRPC-web": {
    "content-type": "application/grpc-web+proto",
    "grpc-accept-encoding": "gzip,br",
    "user-agent": CLIENT,
    "x-grpc-web": "1",
    "x-user-agent": CLIENT,
  },
  "Connect proto": { ...CONNECT, "content-type": "application/proto" },
  "Connect JSON": { ...CONNECT, "content-type": "application/json" },
};

/** What an unchanged poll hears over gRPC: a message without a byte behind its prefix. */
export const EMPTY_FRAME = Buffer.alloc(5);
/** The same over gRPC-web, where the trailers are a frame of the body (PROTOCOL-WEB.md of grpc). */
export const EMPTY_GRPC_WEB = Buffer.concat([EMPTY_FRAME, trailersFrame("grpc-status: 0\r\n")]);

function trailersFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x80, 0, 0, 0, text.length]), Buffer.from(text, "latin1")]);
}

function targetsOf(percent: number): PolicyTargets {
  return {
    ON_CPU: { PROCESS_CPU: { threshold: String(percent), period: 10, count: 3, uriList: [], uriRegex: "" } },
    NETWORK: { HTTP_ERROR_RATE: { threshold: "5", period: 30, count: 5, uriList: ["/cart", "/pay"], uriRegex: "" } },
  };
}
