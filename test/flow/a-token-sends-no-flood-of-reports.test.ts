import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reachableAt } from "../../server/listening.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { CALL_ROADS, type Doors } from "../support/agent-calls.ts";
import { type LambdaServer, startLambdaDoor } from "../support/lambda-server.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { authentication, issueToken } from "../support/tokens.ts";
import { startWorld, type World } from "../support/world.ts";

let now = Date.UTC(2026, 0, 31, 12);
let world: World;
let lambda: LambdaServer;
let at: Doors;

beforeAll(async () => {
  const settings = { FLASHPOINT_REQUIRE_TOKEN: "true", FLASHPOINT_REPORTS_PER_MINUTE: "3" };
  world = await startWorld(settings, { now: () => now });
  lambda = await startLambdaDoor(world.services);
  const { server, httpUrl } = world;
  at = { grpcUrl: `http://${reachableAt(server.ports.grpc)}`, httpUrl, lambdaUrl: lambda.url };
});
afterAll(async () => {
  await lambda.close();
  await world.stop();
});

/** An agent with a token of its own. */
async function agentWithToken(transport: Transport) {
  const headers = authentication(await issueToken(world.services.tokenStore));
  const client = createClient(ContinuousProfilingService, transport);
  return {
    report: () => client.reportProfilingTask(goodReport(), { headers }),
    poll: () => client.queryPolicies({ policies: [] }, { headers }),
  };
}

async function refusal(call: Promise<unknown>): Promise<ConnectError> {
  const answer = await call.catch(ConnectError.from);
  if (!(answer instanceof ConnectError)) throw new Error("the call was answered");
  return answer;
}

describe.each(Object.entries(CALL_ROADS))("over %s", (_road, open) => {
  it("takes as many reports of a token as it may send, says when there is room, and takes one then", async () => {
    const transport = open(at);
    const [eager, other] = [await agentWithToken(transport), await agentWithToken(transport)];
    const taken = [await eager.report(), await eager.report(), await eager.report()].map(taskIdIn);
    expect(new Set(taken).size).toBe(3);

    const { code, rawMessage, metadata } = await refusal(eager.report());
    expect(Code[code]).toBe("ResourceExhausted");
    expect(rawMessage).toBe(
      "this token has sent 3 reports within a minute, which is all that one may; try again in 20 s",
    );
    expect([metadata.get("retry-after"), metadata.get("grpc-retry-pushback-ms")]).toEqual(["20", "20000"]);

    taskIdIn(await other.report());
    expect((await eager.poll()).commands).toEqual([]);
    now += 19_999;
    expect((await refusal(eager.report())).code).toBe(Code.ResourceExhausted);
    now += 1;
    taskIdIn(await eager.report());
    expect((await refusal(eager.report())).code).toBe(Code.ResourceExhausted);
  });
});
