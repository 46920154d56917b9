import { setTimeout as delay } from "node:timers/promises";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { Sha256 } from "@smithy/core/checksum";
import { buildQueryString, escapeUriPath, HttpRequest, type HttpResponse } from "@smithy/core/protocols";
import { isServerError, isThrottlingError, isTransientError } from "@smithy/core/retry";
import { NodeHttpHandler, type NodeHttpHandlerOptions } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { type Place, s3Address } from "./s3-address.ts";

/**
 * Requests to S3 for whole files. The SDK's own client makes them too, but S3's model is most of it: it would make the
 * agents' Lambda function half as large again, and that of deliveries slower to start, profiles or not. What the SDK's
 * other clients consist of is enough for a few plain requests.
 */
export interface S3Requests {
  /** @returns what the answer holds. @throws an error like the SDK's, with its name and $metadata. */
  send(request: S3Request, signal: AbortSignal): Promise<Buffer>;
  /** An address from which anybody can GET the file for so many seconds from a moment on. */
  link(file: S3File, options: { expiresIn: number; signingDate: Date }): Promise<string>;
  destroy(): void;
}

/** Where a file is. */
export interface S3File {
  readonly bucket: string;
  readonly key: string;
}

export interface S3Request extends S3File {
  readonly method: "GET" | "PUT" | "DELETE";
  /** Beside those of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Who and where we are, as another of the SDK's clients has found out. */
type Identity = Place & Pick<SQSClient["config"], "credentials" | "systemClockOffset">;

type Refusal = Error & { $metadata: { httpStatusCode: number; clockSkewCorrected?: boolean } };

/** How long the second try waits. */
const RETRY_MS = 50;
/** What S3 says of a signature that is more than 15 minutes old, or as far ahead. */
const CLOCK_IS_OFF = "RequestTimeTooSkewed";
/** How much of what S3 says of a failure is kept. */
const MAX_FAILURE_BYTES = 16 * 1_024;
/** Whoever follows a link has nothing to send (Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters"). */
const NO_BODY_SIGNED = { "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" };

export function createS3Requests(options: {
  /** Another S3 than the one that the SDK's settings name. */
  endpoint?: string | undefined;
  identity: Identity;
  maxAttempts: number;
  requestHandler: NodeHttpHandlerOptions;
  now?: () => number;
}): S3Requests {
  const { endpoint, identity, maxAttempts, requestHandler, now = Date.now } = options;
  const handler = new NodeHttpHandler(requestHandler);
  const signer = new SignatureV4({
    service: "s3",
    region: () => identity.region(),
    credentials: () => identity.credentials(),
    sha256: Sha256,
    uriEscapePath: false, // S3 alone takes the path as it stands
  });

  /** How far S3's clock is ahead of ours, in ms, once S3 has said that ours is off. */
  let clockOffset: number | undefined;

  async function tryOnce(request: HttpRequest, abortSignal: AbortSignal): Promise<Buffer> {
    const signingDate = new Date(now() + (clockOffset ?? identity.systemClockOffset));
    // The hash of the file is signed along with the rest, so S3 refuses a file that was damaged on its way.
    const signed = new HttpRequest(await signer.sign(request, { signingDate }));
    const { response } = await handler.handle(signed, { abortSignal });
    if (response.statusCode < 300) return bytesOf(response);
    const error = refusal(response.statusCode, await bytesOf(response, MAX_FAILURE_BYTES));
    if (error.name === CLOCK_IS_OFF) correctClock(error, response);
    throw error;
  }

  /** As the SDK's clients do: by what S3's clock says, another try is worth it. */
  function correctClock(error: Refusal, { headers }: HttpResponse): void {
    const offset = Date.parse(headers.date ?? "") - now();
    if (Number.isNaN(offset)) return;
    clockOffset = offset;
    error.$metadata.clockSkewCorrected = true;
  }

  async function requestOf({ method, bucket, key, headers, body }: S3Request): Promise<HttpRequest> {
    const { protocol, hostname, port, host, pathname } = await s3Address(endpoint, identity);
    return new HttpRequest({
      method,
      protocol,
      hostname,
      ...(port !== "" && { port: Number(port) }),
      path: `${pathname.replace(/\/$/, "")}/${bucket}/${escapeUriPath(key)}`,
      headers: { host, ...headers },
      body,
    });
  }

  return {
    async send(asked, signal) {
      const request = await requestOf(asked);
      for (let left = maxAttempts - 1; ; left--) {
        try {
          return await tryOnce(request, signal);
        } catch (error) {
          if (left === 0 || signal.aborted || !isWorthAnother(error)) throw error;
          await delay(RETRY_MS, undefined, { signal });
        }
      }
    },
    async link(file, options) {
      const request = await requestOf({ method: "GET", ...file, headers: NO_BODY_SIGNED });
      const { protocol, headers, path, query = {} } = await signer.presign(request, options);
      return `${protocol}//${headers.host}${path}?${buildQueryString(query)}`;
    },
    destroy: () => handler.destroy(),
  };
}

/** By the rules of the SDK's retries. */
function isWorthAnother(error: unknown): boolean {
  const failure = error as Parameters<typeof isTransientError>[0];
  return [isThrottlingError, isTransientError, isServerError].some((isSo) => isSo(failure));
}

/** @param keep how many bytes are kept at most; all are read, so that the connection can be used again. */
async function bytesOf({ body }: HttpResponse, keep = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (bytes < keep) chunks.push(chunk);
    bytes += chunk.byteLength;
  }
  return Buffer.concat(chunks).subarray(0, keep);
}

/** @param answer XML with the elements Code and Message (Amazon S3 API Reference, "Error responses"). */
function refusal(httpStatusCode: number, answer: Buffer): Refusal {
  const text = answer.toString("utf8");
  const [, name = `HTTP ${httpStatusCode}`] = /<Code>([\w.]+)<\/Code>/.exec(text) ?? [];
  const [, message = "S3 gives no reason"] = /<Message>([^<]*)<\/Message>/.exec(text) ?? [];
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}
