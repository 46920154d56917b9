import { createServer } from "node:http";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { S3RequestPresigner } from "@aws-sdk/s3-request-presigner";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { afterEach, expect, it } from "vitest";
import { type AwsClients, createAwsClients } from "../../shared/aws/clients.ts";
import { NotFound } from "../../shared/errors.ts";
import { listeningOn } from "../support/listening-on.ts";
import { type ArrivedRequest, isSignedForS3 } from "../support/sigv4.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET, sessionToken: "a/session+token==" };
const REGION = "eu-central-1";
const KEYS = ["tasks/1/1.pb.gz", "tasks/a b+c&d=e?f#g%41/ü日🔥'()*!~.pb.gz"];
const FILE = Buffer.alloc(1_000_000, "a profile\u0000\u00ff", "latin1");

const never = new AbortController().signal;
const opened: AwsClients[] = [];
afterEach(() => {
  for (const aws of opened.splice(0)) aws.destroy();
});

/** An S3 that gives these answers in turn, and clients of it. */
async function s3With(...answers: { status: number; body: string | Buffer }[]) {
  const arrived: ArrivedRequest[] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    arrived.push({ method, url, headers: headers as Record<string, string>, body: Buffer.alloc(0) });
    const { status, body } = answers[Math.min(arrived.length, answers.length) - 1] ?? { status: 500, body: "" };
    response.writeHead(status).end(body);
  });
  const port = await listeningOn(server);
  const s3Endpoint = `http://127.0.0.1:${port}`;
  const aws = createAwsClients({ region: REGION, credentials: CREDENTIALS, s3Endpoint });
  opened.push(aws);
  return { aws, port, arrived };
}

it.each(KEYS)("%s is asked for as by the SDK's own, signed, and comes whole", async (Key) => {
  const { aws, arrived } = await s3With({ status: 200, body: FILE });
  expect(FILE.equals(await aws.s3Reader.get("bucket", Key, { abortSignal: never, range: "bytes=0-0" }))).toBe(true);
  const sdk = new S3Client(aws.s3Config);
  await (
    await sdk.send(new GetObjectCommand({ Bucket: "bucket", Key, Range: "bytes=0-0" }))
  ).Body?.transformToByteArray();
  sdk.destroy();
  const [ours, theirs] = arrived;
  expect(`${ours?.url}?x-id=GetObject`).toBe(theirs?.url);
  for (const name of ["host", "range", "x-amz-content-sha256", "x-amz-security-token"]) {
    expect([name, ours?.headers[name]]).toEqual([name, theirs?.headers[name]]);
  }
  expect(ours?.method).toBe("GET");
  expect(ours && isSignedForS3(ours, SECRET)).toBe(true);
});

it("without a range none is asked for", async () => {
  const { aws, arrived } = await s3With({ status: 200, body: FILE });
  await aws.s3Reader.get("bucket", "key", { abortSignal: never });
  expect(arrived.map(({ headers }) => headers.range)).toEqual([undefined]);
});

it("a file that is not there is NotFound, at once; a bucket that is not is another error", async () => {
  const { aws, arrived } = await s3With(
    { status: 404, body: "<Error><Code>NoSuchKey</Code></Error>" },
    { status: 404, body: "<Error><Code>NoSuchBucket</Code></Error>" },
  );
  await expect(aws.s3Reader.get("bucket", "key", { abortSignal: never })).rejects.toThrow(NotFound);
  expect(arrived).toHaveLength(1);
  const failed = aws.s3Reader.get("bucket", "key", { abortSignal: never });
  await expect(failed).rejects.toMatchObject({ name: "NoSuchBucket", $metadata: { httpStatusCode: 404 } });
});

it("a failure is followed by a second try", async () => {
  const { aws, arrived } = await s3With({ status: 503, body: "" }, { status: 200, body: FILE });
  expect(FILE.equals(await aws.s3Reader.get("bucket", "key", { abortSignal: never }))).toBe(true);
  expect(arrived).toHaveLength(2);
});

it.each(KEYS)("a link to %s has the signature that the SDK's own would have", async (key) => {
  const { aws, port } = await s3With();
  const signingDate = new Date("2026-02-03T04:05:06Z");
  const link = new URL(await aws.s3Reader.link("bucket", key, { expiresIn: 900, signingDate }));
  expect(link.host).toBe(`127.0.0.1:${port}`);
  expect(decodeURIComponent(link.pathname)).toBe(`/bucket/${key}`);

  const presigner = new S3RequestPresigner({ region: REGION, credentials: CREDENTIALS, sha256: Sha256 });
  const request = new HttpRequest({ protocol: "http:", hostname: "127.0.0.1", port, path: link.pathname });
  const { query } = await presigner.presign(request, { expiresIn: 900, signingDate });
  expect(Object.fromEntries(link.searchParams)).toEqual(query);
  expect(query?.["X-Amz-Expires"]).toBe("900");
});
