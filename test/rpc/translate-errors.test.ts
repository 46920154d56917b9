import { Code, ConnectError, createClient, createRouterTransport, type ServiceImpl } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Conflict, InvalidInput, LimitExceeded, NotFound, Unauthenticated, Unavailable } from "../../shared/errors.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { FieldFaultsSchema } from "../../shared/gen/flashpoint/v1/fault_pb.js";
import { createLogger } from "../../shared/log.ts";
import { noMetrics } from "../../shared/metrics.ts";
import { createRefusal, translatingErrors } from "../../shared/rpc/translate-errors.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A service whose polls fail as they are told, over a transport in memory; and what it logs from info on. */
function failingService() {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger("info", { write: (line) => lines.push(JSON.parse(line)) });
  let failure: unknown;
  const implementation: ServiceImpl<typeof ContinuousProfilingService> = {
    queryPolicies: () => Promise.reject(failure),
    reportProfilingTask: () => Promise.reject(failure),
  };
  const transport = createRouterTransport(({ service }) => {
    service(
      ContinuousProfilingService,
      translatingErrors(implementation, createRefusal(ContinuousProfilingService, { log, metrics: noMetrics })),
    );
  });
  const client = createClient(ContinuousProfilingService, transport);
  return {
    lines,
    async refusal(error: unknown, method: "queryPolicies" | "reportProfilingTask" = "queryPolicies") {
      failure = error;
      return ConnectError.from(await client[method]({}).catch((reason) => reason));
    },
  };
}

const outage = () =>
  new Unavailable("DynamoDB cannot be reached", { cause: new Error("connect ECONNREFUSED 10.0.0.7") });

test.each([
  [new InvalidInput("report", [{ path: "duration", problem: "is 0" }]), Code.InvalidArgument, "report: duration is 0"],
  [new Unauthenticated("send a token"), Code.Unauthenticated, "send a token"],
  [new LimitExceeded("at most 5000"), Code.ResourceExhausted, "at most 5000"],
  [outage(), Code.Unavailable, "DynamoDB cannot be reached; try again"],
  [new Conflict("somebody else changed it"), Code.Aborted, "somebody else changed it"],
  [new NotFound("checkout has no policy"), Code.NotFound, "checkout has no policy"],
  [new Error("a secret of ours"), Code.Internal, "internal error"],
  ["thrown as text", Code.Internal, "internal error"],
])("%s reaches the client under its code, without its cause", async (error, code, message) => {
  const { refusal } = failingService();
  const refused = await refusal(error);
  expect(refused).toMatchObject({ code, rawMessage: message });
});

test("a limit that will have room again says when, and one that will not says nothing of it", async () => {
  const { refusal } = failingService();
  const { metadata } = await refusal(new LimitExceeded("full", { retryAfterMs: 4_200 }));
  expect([metadata.get("retry-after"), metadata.get("grpc-retry-pushback-ms")]).toEqual(["5", "4200"]);
  const without = (await refusal(new LimitExceeded("at most 5000"))).metadata;
  expect([without.get("retry-after"), without.get("grpc-retry-pushback-ms")]).toEqual([null, null]);
});

test("of many faults a client hears the first 20, and how many more there are", async () => {
  const faults = Array.from({ length: 500 }, (_, index) => ({ path: `causes[${index}]`, problem: "is blank" }));
  const refused = await failingService().refusal(new InvalidInput("report", faults));
  expect(refused.findDetails(FieldFaultsSchema)[0]?.faults.map(({ path }) => path)).toEqual(
    faults.slice(0, 20).map(({ path }) => path),
  );
  expect(refused.rawMessage).toMatch(/^report: causes\[0\] is blank; .*causes\[19\] is blank; and 480 more$/);
});

test("an outage is logged once with its cause, not with every call that it refuses", async () => {
  const { lines, refusal } = failingService();
  for (let call = 0; call < 50; call++) {
    expect((await refusal(outage(), call % 2 ? "queryPolicies" : "reportProfilingTask")).code).toBe(Code.Unavailable);
  }
  expect(lines).toMatchObject([{ level: "warn", msg: "call answered UNAVAILABLE" }]);
  expect(JSON.stringify(lines)).toContain("ECONNREFUSED 10.0.0.7");
});

test("an outage that lasts is told again after ten seconds, with the number of calls passed over", async () => {
  const { lines, refusal } = failingService();
  for (let call = 0; call < 4; call++) await refusal(outage());
  vi.advanceTimersByTime(9_999);
  await refusal(outage());
  expect(lines).toHaveLength(1);
  vi.advanceTimersByTime(1);
  await refusal(outage());
  expect(lines).toMatchObject([{ passedOver: 0 }, { level: "warn", passedOver: 4 }]);
});

test("an error that nobody foresaw is logged each time with its cause, during an outage too", async () => {
  const { lines, refusal } = failingService();
  await refusal(outage());
  for (let call = 0; call < 3; call++) {
    await refusal(new Error("a bug of ours", { cause: new Error("the root of it") }));
  }
  const told = lines.filter(({ level }) => level === "error");
  expect(told).toHaveLength(3);
  for (const line of told) {
    expect(line).toMatchObject({ method: "skywalking.v3.ContinuousProfilingService/queryPolicies" });
    expect(JSON.stringify(line)).toContain("a bug of ours");
    expect(JSON.stringify(line)).toContain("the root of it");
  }
});

test("what a caller did wrong is no news to the operator", async () => {
  const { lines, refusal } = failingService();
  await refusal(new InvalidInput("report", [{ path: "", problem: "is blank" }]));
  await refusal(new LimitExceeded("at most 5000"));
  await refusal(new Unauthenticated("send a token"));
  expect(lines).toEqual([]);
});
