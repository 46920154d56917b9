import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASSUMED, assumptionsText, weightiest } from "../../../bench/cost/assumptions.ts";
import { IN_PROTOCOL, urlEvent } from "../../../bench/lambda/url-event.ts";
import { POLICIES, POLL_PATH, pollMessage, pollRequest } from "../../../bench/unchanged-poll.ts";
import { createFunctionUrlHandler } from "../../../functions/agent-api/function-url.ts";
import { isResendDue } from "../../../shared/agent/resend-slot.ts";
import { writePolicyItem } from "../../../shared/policies/policy-item.ts";
import { routes } from "../../../shared/routes.ts";
import { createUniversalHandler } from "../../../shared/rpc/universal-handler.ts";
import { until } from "../../support/until.ts";
import { startWorld, type World } from "../../support/world.ts";

const MINUTE_MS = 60_000;
const TOKEN = `fp_${"x".repeat(49)}`;
/** A TLS record's header, type and tag (RFC 8446), and TCP and IPv4 with time stamps. */
const TLS_AND_TCP_BYTES = 5 + 1 + 16 + 20 + 12 + 20;
/** What AWS puts into an answer of a function URL, as its documentation shows them. */
const AWS_HEAD = [
  "HTTP/1.1 200 OK",
  "Date: Thu, 01 Jan 2026 00:00:00 GMT",
  "Connection: keep-alive",
  "x-amzn-RequestId: 01234567-89ab-4cde-8f01-23456789abcd",
  "X-Amzn-Trace-Id: Root=1-65a1b2c3-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0;Lineage=1:01234567:0",
  "\r\n",
].join("\r\n");

let clockMs = 1_800_000_000_000;
let world: World;
let session: ClientHttp2Session;

beforeAll(async () => {
  world = await startWorld({}, { now: () => clockMs });
  for (const { serviceName, targets } of POLICIES) {
    await world.services.policyStore.put(serviceName, targets, { updatedBy: "test" });
  }
  session = connect(`http://127.0.0.1:${world.server.ports.grpc.port}`);
  await once(session, "remoteSettings");
  await pollEdge(); // the first one sends headers that both sides remember from then on
});
afterAll(async () => {
  session.close();
  await world.stop();
});

interface Polled {
  readonly sent: number;
  readonly received: number;
  readonly date: unknown;
}

/** Bytes of one poll over HTTP/2, there and back. */
async function pollEdge(): Promise<Polled> {
  const { socket } = session;
  const [sent, received] = [socket.bytesWritten, socket.bytesRead];
  const headers = { ":method": "POST", ":path": POLL_PATH, "content-type": "application/grpc", te: "trailers" };
  const stream = session.request({ ...headers, "user-agent": "grpc-go/1.67.1", authentication: TOKEN });
  let date: unknown;
  stream.once("response", (response) => {
    date = response.date;
  });
  stream.resume();
  stream.end(pollRequest());
  await once(stream, "end");
  return { sent: socket.bytesWritten - sent, received: socket.bytesRead - received, date };
}

/** The first poll that is answered in another second than the one before, as all of an agent's are: its date is sent whole. */
async function pollEdgeLater(): Promise<Polled> {
  const { date } = await pollEdge();
  return until("another second has begun", async () => {
    const polled = await pollEdge();
    return polled.date === date ? undefined : polled;
  });
}

/** Bytes of what the function answers to one poll, with what AWS adds. */
async function pollFunction(): Promise<number> {
  const handle = createFunctionUrlHandler(createUniversalHandler(routes(world.services)));
  const call = { path: POLL_PATH, token: TOKEN, ...IN_PROTOCOL["Connect proto"](pollMessage()) };
  const { statusCode, headers = {}, body = "" } = await handle(urlEvent(call) as LambdaFunctionURLEvent);
  expect(statusCode).toBe(200);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return AWS_HEAD.length + lines.join("").length + Buffer.from(body, "base64").byteLength;
}

/** Mean of an answer in each of the minute's slots. */
async function meanOverMinute(bytes: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (let slot = 0; slot < 6; slot++) {
    clockMs = 30_000_000 * MINUTE_MS + slot * 10_000 + 5_000;
    sum += await bytes();
  }
  return sum / 6;
}

/** A poll that hears nothing: no service of it has the first slot of a minute. */
function atRest<Result>(poll: () => Promise<Result>): Promise<Result> {
  clockMs = 30_000_000 * MINUTE_MS + 5_000;
  return poll();
}

/** What is assumed is a round number, not far from what is found; names of services are some bytes shorter here. */
function expectNear(assumed: number, found: number): void {
  expect(assumed).toBeGreaterThanOrEqual(found * 0.99);
  expect(assumed).toBeLessThanOrEqual(found * 1.12);
}

/** What AWS takes a value of an item to weigh (Amazon DynamoDB Developer Guide, "DynamoDB Item sizes and formats"). */
function bytesOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  return 3 + Object.entries(value as object).reduce((sum, [name, held]) => sum + 1 + name.length + bytesOf(held), 0);
}

describe("bytes of a poll are near what the servers really say", () => {
  it("in an empty answer of the function URL", async () => {
    expectNear(ASSUMED.functionAnswerBytes, (await atRest(pollFunction)) + TLS_AND_TCP_BYTES);
  });

  it("in an empty answer of the edge, and its request", async () => {
    const { sent, received } = await atRest(pollEdgeLater);
    expectNear(ASSUMED.edgeAnswerBytes, received + TLS_AND_TCP_BYTES);
    const named = pollMessage().byteLength;
    expectNear(ASSUMED.serviceBytes, named / POLICIES.length);
    expectNear(ASSUMED.edgeRequestBytes, sent - named + TLS_AND_TCP_BYTES);
  });

  it("in policies that come again, of ten services a sixth with each poll", async () => {
    const resent = POLICIES.length * ASSUMED.resentShare * ASSUMED.resentBytes;
    const byFunction = (await meanOverMinute(pollFunction)) - (await atRest(pollFunction));
    expectNear(resent, byFunction);
    const byEdge =
      (await meanOverMinute(async () => (await pollEdgeLater()).received)) - (await atRest(pollEdgeLater)).received;
    expectNear(resent, byEdge);
  });
});

it("a policy of two checks in its table is about as long as is assumed", () => {
  const check = { period: 60, count: 6, uriList: [], uriRegex: "" };
  const item = writePolicyItem({
    serviceName: "shop::checkout-frontend-1", // of 25 letters, as in a poll
    targets: { ON_CPU: { PROCESS_CPU: { ...check, threshold: "80" }, SYSTEM_LOAD: { ...check, threshold: "8" } } },
    uuid: "a".repeat(64),
    revision: 12,
    updatedAt: "2026-01-01T12:00:00.000Z",
    updatedBy: "ada",
  });
  expectNear(ASSUMED.policyBytes, bytesOf(item));
});

it("a service's policy comes again with as many polls as is assumed", () => {
  const seconds = Array.from({ length: 600 }, (_, second) => second);
  const due = seconds.filter((second) => isResendDue("shop::checkout", second * 1_000)).length;
  expect(due / seconds.length).toBeCloseTo(ASSUMED.resentShare);
});

it("lists all, and of each door what weighs most", () => {
  const all = assumptionsText();
  expect(all.split("\n").length).toBeGreaterThan(30);
  for (const line of [...weightiest("function"), ...weightiest("edge")]) expect(all).toContain(`  ${line}\n`);
  expect(weightiest("function").join("\n")).toContain("that Lambda keeps an instance without calls");
  expect(weightiest("edge").join("\n")).not.toContain("Lambda");
  expect(weightiest("edge").join("\n")).toContain("arm64");
});
