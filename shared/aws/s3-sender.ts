import { setTimeout as delay } from "node:timers/promises";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { Sha256 } from "@smithy/core/checksum";
import { escapeUriPath, HttpRequest, type HttpResponse } from "@smithy/core/protocols";
import { isServerError, isThrottlingError, isTransientError } from "@smithy/core/retry";
import { NodeHttpHandler, type NodeHttpHandlerOptions } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { type Place, s3Address } from "./s3-address.ts";

/**
 * Puts files into S3 and deletes them. The SDK's own client does so too, but would make the agents' Lambda function half
 * as large again: S3's model is most of it. What the SDK's other clients consist of is enough for two plain requests.
 */
export interface S3Sender {
  /** @throws an error like the SDK's, with its name and $metadata. */
  put(bucket: string, key: string, file: Uint8Array, signal: AbortSignal): Promise<void>;
  /** No error if there is no such file. @throws as `put` does. */
  delete(bucket: string, key: string, signal: AbortSignal): Promise<void>;
  destroy(): void;
}

/** Who and where we are, as another of the SDK's clients has found out. */
type Identity = Place & Pick<SQSClient["config"], "credentials" | "systemClockOffset">;

type Refusal = Error & { $metadata: { httpStatusCode: number; clockSkewCorrected?: boolean } };

/** How long the second try waits. */
const RETRY_MS = 50;
/** What S3 says of a signature that is more than 15 minutes old, or as far ahead. */
const CLOCK_IS_OFF = "RequestTimeTooSkewed";
/** How much of what S3 says of a failure is read. */
const MAX_ANSWER_BYTES = 16 * 1_024;

export function createS3Sender(options: {
  /** Another S3 than the one that the SDK's settings name. */
  endpoint?: string | undefined;
  identity: Identity;
  maxAttempts: number;
  requestHandler: NodeHttpHandlerOptions;
  now?: () => number;
}): S3Sender {
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

  async function tryOnce(request: HttpRequest, abortSignal: AbortSignal): Promise<void> {
    const signingDate = new Date(now() + (clockOffset ?? identity.systemClockOffset));
    // The hash of the file is signed along with the rest, so S3 refuses a file that was damaged on its way.
    const signed = new HttpRequest(await signer.sign(request, { signingDate }));
    const { response } = await handler.handle(signed, { abortSignal });
    const answer = await beginningOf(response);
    if (response.statusCode < 300) return;
    const error = refusal(response.statusCode, answer);
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

  async function send(
    method: "PUT" | "DELETE",
    { bucket, key, file }: { bucket: string; key: string; file?: Uint8Array },
    signal: AbortSignal,
  ): Promise<void> {
    const { protocol, hostname, port, host, pathname } = await s3Address(endpoint, identity);
    const request = new HttpRequest({
      method,
      protocol,
      hostname,
      ...(port !== "" && { port: Number(port) }),
      path: `${pathname.replace(/\/$/, "")}/${bucket}/${escapeUriPath(key)}`,
      headers: {
        host,
        ...(file !== undefined && {
          "content-length": String(file.byteLength),
          "content-type": "application/octet-stream",
        }),
      },
      body: file,
    });
    for (let left = maxAttempts - 1; ; left--) {
      try {
        return await tryOnce(request, signal);
      } catch (error) {
        if (left === 0 || signal.aborted || !isWorthAnother(error)) throw error;
        await delay(RETRY_MS, undefined, { signal });
      }
    }
  }

  return {
    put: (bucket, key, file, signal) => send("PUT", { bucket, key, file }, signal),
    delete: (bucket, key, signal) => send("DELETE", { bucket, key }, signal),
    destroy: () => handler.destroy(),
  };
}

/** By the rules of the SDK's retries. */
function isWorthAnother(error: unknown): boolean {
  const failure = error as Parameters<typeof isTransientError>[0];
  return [isThrottlingError, isTransientError, isServerError].some((isSo) => isSo(failure));
}

async function beginningOf({ body }: HttpResponse): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (bytes < MAX_ANSWER_BYTES) chunks.push(chunk);
    bytes += chunk.byteLength;
  }
  return Buffer.concat(chunks).toString("utf8", 0, MAX_ANSWER_BYTES);
}

/** @param answer XML with the elements Code and Message (Amazon S3 API Reference, "Error responses"). */
function refusal(httpStatusCode: number, answer: string): Refusal {
  const [, name = `HTTP ${httpStatusCode}`] = /<Code>([\w.]+)<\/Code>/.exec(answer) ?? [];
  const [, message = "S3 gives no reason"] = /<Message>([^<]*)<\/Message>/.exec(answer) ?? [];
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}
