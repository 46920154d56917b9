import { createHash, createHmac } from "node:crypto";

/** A request as it arrived. */
export interface ArrivedRequest {
  readonly method: string;
  /** Path and query, as they stood in the first line. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/**
 * Whether a request to S3 is signed as S3 asks for, and its body is what was signed. Written after the Amazon S3 API
 * Reference, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
 */
export function isSignedForS3({ method, url, headers, body }: ArrivedRequest, secretAccessKey: string): boolean {
  const { authorization = "" } = headers;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\d{8}\/[a-z0-9-]+\/s3\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const [, scope = "", signedNames = "", signature] = parts.exec(authorization) ?? [];
  const names = signedNames.split(";");
  const [path = "", query = ""] = url.split("?");
  const canonicalQuery = query
    .split("&")
    .filter(Boolean)
    .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
    .sort()
    .join("&");
  const bodyHash = headers["x-amz-content-sha256"] ?? "";
  if (bodyHash !== sha256(body) || !names.includes("host") || !names.includes("x-amz-content-sha256")) return false;
  const amzHeaders = Object.keys(headers).filter((name) => name.startsWith("x-amz-"));
  if (!amzHeaders.every((name) => names.includes(name))) return false;
  const canonicalRequest = [
    method,
    path,
    canonicalQuery,
    ...names.map((name) => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    signedNames,
    bodyHash,
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonicalRequest)].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return createHmac("sha256", key).update(toSign).digest("hex") === signature;
}
