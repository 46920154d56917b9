import { describe, expect, it } from "vitest";
import { corsHeaders } from "../../shared/rpc/cors.ts";
import { retryHint } from "../../shared/rpc/retry-hint.ts";

describe("a retry hint", () => {
  it.each([
    [1, "1", "1"],
    [999.2, "1", "1000"],
    [1_000, "1", "1000"],
    [1_001, "2", "1001"],
    [59_400, "60", "59400"],
    [3_600_000, "3600", "3600000"],
  ])("of %d ms is never shorter than that", (ms, seconds, pushback) => {
    expect(retryHint(ms)).toEqual({ "retry-after": seconds, "grpc-retry-pushback-ms": pushback });
  });

  it.each([3_600_001, 86_400_000, Number.POSITIVE_INFINITY])("of %d ms is an hour, no more", (ms) => {
    expect(retryHint(ms)).toEqual({ "retry-after": "3600", "grpc-retry-pushback-ms": "3600000" });
  });

  it.each([0, -5_000])("of %d ms is no negative one, which would tell a gRPC client never to try again", (ms) => {
    expect(retryHint(ms)).toEqual({ "retry-after": "1", "grpc-retry-pushback-ms": "1" });
  });

  it("may be read by pages of any origin", () => {
    const exposed = corsHeaders["access-control-expose-headers"]?.split(", ");
    expect(exposed).toEqual(expect.arrayContaining(Object.keys(retryHint(1) ?? {})));
  });

  it("is none where nothing is known", () => {
    expect(retryHint(undefined)).toBeUndefined();
  });
});
