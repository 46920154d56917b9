import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type AwsClients, type AwsOptions, createAwsClients } from "../../shared/aws/clients.ts";
import { s3Address } from "../../shared/aws/s3-address.ts";
import { listeningOn } from "../support/listening-on.ts";
import { type ArrivedRequest, isSignedForS3 } from "../support/sigv4.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET, sessionToken: "a/session+token==" };
const FILE = Buffer.from("a profile\u0000\u00ff", "latin1");
const KEYS = ["tasks/1/1.pb.gz", "tasks/a b+c&d=e?f#g%41/ü日🔥'()*!~.pb.gz"];

let server: Server;
let port: number;
let arrived: ArrivedRequest[];
/** What the next requests are answered with; 200 once it is empty. */
let answers: { status: number; body?: string }[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    arrived.push({ method, url, headers: headers as Record<string, string>, body: Buffer.concat(chunks) });
    const { status, body } = answers.shift() ?? { status: 200 };
    response.writeHead(status).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
beforeEach(() => {
  [arrived, answers] = [[], []];
  return () => vi.unstubAllEnvs();
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const never = new AbortController().signal;

/** Clients at the server, or where the environment says. */
async function withClients<T>(options: AwsOptions, work: (aws: AwsClients) => Promise<T>): Promise<T> {
  const aws = createAwsClients({ region: "eu-central-1", credentials: CREDENTIALS, ...options });
  try {
    return await work(aws);
  } finally {
    aws.destroy();
  }
}
const atServer = <T>(work: (aws: AwsClients) => Promise<T>): Promise<T> =>
  withClients({ s3Endpoint: `http://127.0.0.1:${port}` }, work);

describe("a request", () => {
  it.each(KEYS)("to put %s is one that S3 takes: path, body, session and signature", async (key) => {
    await atServer(({ s3Sender }) => s3Sender.put("bucket", key, FILE, never));
    const [request, ...others] = arrived;
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      method: "PUT",
      headers: {
        host: `127.0.0.1:${port}`,
        "content-length": String(FILE.length),
        "content-type": "application/octet-stream",
        "x-amz-security-token": CREDENTIALS.sessionToken,
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request,/,
        ),
      },
    });
    expect(request?.body.equals(FILE)).toBe(true);
    expect(decodeURIComponent(request?.url ?? "")).toBe(`/bucket/${key}`);
    expect(request?.url).toMatch(/^[\w./%~-]+$/); // what RFC 3986 reserves is encoded, as S3 signs it
    expect(request && isSignedForS3(request, SECRET)).toBe(true);
  });

  it.each(KEYS)("to put %s says what the SDK's own says", async (Key) => {
    await atServer(async ({ s3Sender, s3Config }) => {
      await s3Sender.put("bucket", Key, FILE, never);
      const s3 = new S3Client({ ...s3Config, requestChecksumCalculation: "WHEN_REQUIRED" });
      const ContentType = "application/octet-stream";
      await s3.send(new PutObjectCommand({ Bucket: "bucket", Key, Body: FILE, ContentType }));
      s3.destroy();
    });
    const [ours, theirs] = arrived;
    expect(`${ours?.url}?x-id=PutObject`).toBe(theirs?.url);
    expect(theirs && isSignedForS3(theirs, SECRET)).toBe(true); // so the check itself is right
    for (const name of ["host", "content-length", "content-type", "x-amz-content-sha256", "x-amz-security-token"]) {
      expect([name, ours?.headers[name]]).toEqual([name, theirs?.headers[name]]);
    }
  });

  it("to delete is signed too, and has no body", async () => {
    answers.push({ status: 204 });
    await atServer(({ s3Sender }) => s3Sender.delete("bucket", KEYS[1] ?? "", never));
    expect(arrived).toMatchObject([{ method: "DELETE" }]);
    expect(arrived[0] && isSignedForS3(arrived[0], SECRET)).toBe(true);
  });

  it("goes below the path of its address", async () => {
    const s3Endpoint = `http://127.0.0.1:${port}/under/`;
    await withClients({ s3Endpoint }, ({ s3Sender }) => s3Sender.put("bucket", "key", FILE, never));
    expect(arrived.map(({ url }) => url)).toEqual(["/under/bucket/key"]);
  });

  it("with a body that is not the one that was signed would be seen", async () => {
    await atServer(({ s3Sender }) => s3Sender.put("bucket", "key", FILE, never));
    const [request] = arrived;
    expect(request && isSignedForS3({ ...request, body: Buffer.from("other") }, SECRET)).toBe(false);
    expect(request && isSignedForS3({ ...request, url: "/bucket/other" }, SECRET)).toBe(false);
    expect(request && isSignedForS3(request, "another secret")).toBe(false);
  });
});

describe("an answer", () => {
  it.each([500, 503, 429])("of status %i is followed by a second try", async (status) => {
    answers.push({ status });
    await atServer(({ s3Sender }) => s3Sender.put("bucket", "key", FILE, never));
    expect(arrived).toHaveLength(2);
    expect(arrived.map(({ body }) => body.equals(FILE))).toEqual([true, true]);
  });

  it("that fails twice is an error with what S3 says", async () => {
    const slowDown = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
    answers.push({ status: 503, body: slowDown }, { status: 503, body: slowDown });
    await expect(atServer(({ s3Sender }) => s3Sender.put("bucket", "key", FILE, never))).rejects.toMatchObject({
      name: "SlowDown",
      message: "Please reduce your request rate.",
      $metadata: { httpStatusCode: 503 },
    });
    expect(arrived).toHaveLength(2);
  });

  it.each([
    [403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", "AccessDenied"],
    [404, "<Error><Code>NoSuchBucket</Code></Error>", "NoSuchBucket"],
    [301, "", "HTTP 301"],
  ])("of status %i is an error at once", async (status, body, name) => {
    answers.push({ status, body });
    const failed = atServer(({ s3Sender }) => s3Sender.put("bucket", "key", FILE, never));
    await expect(failed).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
    expect(arrived).toHaveLength(1);
  });

  it("that goes on and on is read, but kept only in part", async () => {
    const body = `<Error><Code>AccessDenied</Code><Message>${"x".repeat(1_000_000)}</Message></Error>`;
    answers.push({ status: 403, body });
    const failed = atServer(({ s3Sender }) => s3Sender.put("bucket", "key", FILE, never));
    await expect(failed).rejects.toMatchObject({ name: "AccessDenied", message: "S3 gives no reason" });
  });
});

/** What S3 does with a request by its own clock, `aheadMs` ahead of ours. Amazon S3 API Reference, "Error responses". */
function judgedByClock({ headers }: IncomingMessage, aheadMs: number): { status: number; date: string; body: string } {
  const at = Date.now() + aheadMs;
  const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
  const signedAt = Date.parse(String(headers["x-amz-date"]).replace(basic, "$1-$2-$3T$4:$5:$6Z"));
  const isOff = !(Math.abs(signedAt - at) <= 15 * 60_000);
  const body = isOff
    ? "<Error><Code>RequestTimeTooSkewed</Code><Message>The difference is too large.</Message></Error>"
    : "";
  return { status: isOff ? 403 : 200, date: new Date(at).toUTCString(), body };
}

describe("a clock that is off", () => {
  const HOUR = 3_600_000;
  let aheadMs: number;
  let statuses: number[];
  /** Whether S3 says its time. */
  let saysTime: boolean;

  async function withS3<T>(work: (aws: AwsClients) => Promise<T>): Promise<T> {
    [statuses, saysTime] = [[], true];
    const s3 = createServer((request, response) => {
      const { status, date, body } = judgedByClock(request, aheadMs);
      statuses.push(status);
      response.sendDate = false;
      if (saysTime) response.setHeader("date", date);
      request.resume().once("end", () => response.writeHead(status).end(body));
    });
    return withClients({ s3Endpoint: `http://127.0.0.1:${await listeningOn(s3)}` }, work);
  }

  it.each([HOUR, -HOUR])("by %i ms is corrected by S3's, once, and again when it is put right", async (ms) => {
    await withS3(async ({ s3Sender }) => {
      aheadMs = ms;
      for (let i = 0; i < 2; i++) await s3Sender.put("bucket", "key", FILE, never);
      await s3Sender.delete("bucket", "key", never);
      expect(statuses).toEqual([403, 200, 200, 200]);
      aheadMs = 0;
      for (let i = 0; i < 2; i++) await s3Sender.put("bucket", "key", FILE, never);
      expect(statuses.slice(4)).toEqual([403, 200, 200]);
    });
  });

  it("is an error at once where S3 does not say its time", async () => {
    await withS3(async ({ s3Sender }) => {
      [aheadMs, saysTime] = [HOUR, false];
      const failed = s3Sender.put("bucket", "key", FILE, never);
      await expect(failed).rejects.toMatchObject({ name: "RequestTimeTooSkewed", $metadata: { httpStatusCode: 403 } });
      expect(statuses).toEqual([403]);
    });
  });
});

describe("the address", () => {
  const place = (region: string, fips = false, dualstack = false) => ({
    region: async () => region,
    useFipsEndpoint: async () => fips,
    useDualstackEndpoint: async () => dualstack,
  });

  it.each([
    ["us-east-1", false, false, "https://s3.us-east-1.amazonaws.com/"],
    ["eu-central-1", false, true, "https://s3.dualstack.eu-central-1.amazonaws.com/"],
    ["cn-north-1", false, false, "https://s3.cn-north-1.amazonaws.com.cn/"],
    ["us-gov-west-1", true, false, "https://s3-fips.us-gov-west-1.amazonaws.com/"],
    ["us-gov-east-1", true, true, "https://s3-fips.dualstack.us-gov-east-1.amazonaws.com/"],
    ["us-iso-east-1", false, false, "https://s3.us-iso-east-1.c2s.ic.gov/"],
  ])("in %s (FIPS %s, dual stack %s) is AWS's own and the SDK's", async (region, fips, dualstack, expected) => {
    expect((await s3Address(undefined, place(region, fips, dualstack))).href).toBe(expected);
    const sdk = new S3Client({ region, credentials: CREDENTIALS });
    const { url } = sdk.config.endpointProvider({
      Bucket: "bucket",
      Region: region,
      UseFIPS: fips,
      UseDualStack: dualstack,
      ForcePathStyle: true,
    });
    expect(url.href).toBe(`${expected}bucket`);
    sdk.destroy();
  });

  it.each([
    ["AWS_ENDPOINT_URL_S3", { AWS_ENDPOINT_URL: "http://127.0.0.1:1" }],
    ["AWS_ENDPOINT_URL", {}],
  ])("is what %s says", async (name, others) => {
    for (const [other, value] of Object.entries(others)) vi.stubEnv(other, value);
    vi.stubEnv(name, `http://127.0.0.1:${port}`);
    await withClients({}, ({ s3Sender }) => s3Sender.put("bucket", "key", FILE, never));
    expect(arrived).toHaveLength(1);
  });

  it("is the one that was given, whatever the environment says", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1");
    await atServer(({ s3Sender }) => s3Sender.put("bucket", "key", FILE, never));
    expect(arrived).toHaveLength(1);
  });
});

it("region, credentials and session come from Lambda's environment", async () => {
  vi.stubEnv("AWS_REGION", "ap-south-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDLAMBDA");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", SECRET);
  vi.stubEnv("AWS_SESSION_TOKEN", "of Lambda");
  const aws = createAwsClients({ s3Endpoint: `http://127.0.0.1:${port}` });
  await aws.s3Sender.put("bucket", "key", FILE, never);
  aws.destroy();
  const [request] = arrived;
  expect(request?.headers.authorization).toMatch(/Credential=AKIDLAMBDA\/\d{8}\/ap-south-1\/s3\//);
  expect(request?.headers["x-amz-security-token"]).toBe("of Lambda");
  expect(request && isSignedForS3(request, SECRET)).toBe(true);
});
