import { once } from "node:events";
import http from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { loadConfig } from "../../shared/config.ts";
import { FREE_PORTS, temporaryFolder } from "../support/world.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let engines: LocalEngines;

beforeAll(async () => {
  folder = await temporaryFolder();
  engines = await startLocalEngines(loadConfig(FREE_PORTS, { FLASHPOINT_DATA_DIR: folder.path }));
});
afterAll(async () => {
  await engines.close();
  await folder.remove();
});

/** What an engine answers to a request with these headers, as a browser or a tool could send it. */
async function statusOf(
  url: string,
  headers: http.OutgoingHttpHeaders,
  method = "POST",
): Promise<http.IncomingMessage> {
  const sent = http.request(url, { method, headers });
  sent.end(method === "POST" ? "{}" : undefined);
  const [answer] = (await once(sent, "response")) as [http.IncomingMessage];
  answer.resume();
  return answer;
}

const signed = {
  authorization: "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=b",
};
const ENGINES: [name: string, url: () => string, headers: Record<string, string>][] = [
  [
    "DynamoDB",
    () => engines.aws.dynamodbEndpoint,
    {
      ...signed,
      "x-amz-date": "x",
      "x-amz-target": "DynamoDB_20120810.ListTables",
      "content-type": "application/x-amz-json-1.0",
    },
  ],
  [
    "SQS",
    () => engines.aws.sqsEndpoint,
    { ...signed, "x-amz-target": "AmazonSQS.ListQueues", "content-type": "application/x-amz-json-1.0" },
  ],
];

describe.each(ENGINES)("the embedded %s", (_name, url, headers) => {
  it("serves whoever calls it as tools do", async () => {
    const { port } = new URL(url());
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      "dynamodb",
      `x.localhost:${port}`,
      "host.docker.internal",
    ]) {
      expect((await statusOf(url(), { ...headers, host })).statusCode, host).toBe(200);
    }
  });

  it("refuses pages, of whatever origin, and lets no browser read its answer", async () => {
    for (const origin of ["https://example.com", "http://127.0.0.1:8000", "null"]) {
      const answer = await statusOf(url(), { ...headers, origin });
      expect(answer.statusCode).toBe(403);
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
      expect((await statusOf(url(), { origin, "access-control-request-method": "POST" }, "OPTIONS")).statusCode).toBe(
        403,
      );
    }
  });

  it("refuses a public name that leads here", async () => {
    for (const host of ["rebound.example.com", "example.com:8000", "127.0.0.1.example.com", "localhost.example.com"]) {
      expect((await statusOf(url(), { ...headers, host })).statusCode, host).toBe(403);
      expect((await statusOf(url(), { host }, "GET")).statusCode, host).toBe(403);
    }
  });
});
