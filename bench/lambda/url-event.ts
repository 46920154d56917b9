import { CLIENT_HEADERS } from "../unchanged-poll.ts";

/** How a call reaches a function: its path, its body, and what a client says in headers. */
export interface UrlCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly token: string;
}

/** Behind these, gRPC-web has a message's length. */
export const GRPC_WEB_PREFIX_BYTES = 5;

/** What a call has to say in each protocol, of a message in protobuf or as JSON. */
export const IN_PROTOCOL = {
  "Connect proto": (message: Uint8Array) => ({ headers: CLIENT_HEADERS["Connect proto"], body: message }),
  "Connect JSON": (json: Uint8Array) => ({ headers: CLIENT_HEADERS["Connect JSON"], body: json }),
  "gRPC-web": (message: Uint8Array) => ({ headers: CLIENT_HEADERS["gRPC-web"], body: grpcWebFrame(message) }),
} as const;

function grpcWebFrame(message: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(GRPC_WEB_PREFIX_BYTES);
  prefix.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([prefix, message]);
}

/**
 * The event that a Function URL makes of it: payload format 2.0, with all that AWS puts into one (AWS Lambda Developer
 * Guide, "Invoking Lambda function URLs"), since a function has to go through it.
 */
export function urlEvent({ path, headers, body, token }: UrlCall): object {
  const domainPrefix = "abcdefghijklmnopqrstuvwxyz012345";
  const domainName = `${domainPrefix}.lambda-url.eu-central-1.on.aws`;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: {
      "content-length": String(body.byteLength),
      "x-amzn-tls-version": "TLSv1.3",
      "x-forwarded-proto": "https",
      "x-forwarded-port": "443",
      "x-forwarded-for": "192.0.2.17",
      "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
      "x-amzn-trace-id": "Root=1-65a1b2c3-0123456789abcdef01234567",
      host: domainName,
      ...headers,
      authentication: token,
    },
    requestContext: {
      accountId: "anonymous",
      apiId: domainPrefix,
      domainName,
      domainPrefix,
      http: { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.17", userAgent: headers["user-agent"] },
      requestId: "01234567-89ab-4cde-8f01-23456789abcd",
      routeKey: "$default",
      stage: "$default",
      time: "01/Jan/2026:00:00:00 +0000",
      timeEpoch: 1767225600000,
    },
    body: Buffer.from(body).toString("base64"),
    isBase64Encoded: true,
  };
}
