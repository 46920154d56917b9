import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What refuses every request to AWS in words that repeat what came with it. */
export interface SpitefulAws {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Answers as AWS does where a signature is wrong: with the request as it should have been signed, the session's token in
 * it (IAM User Guide, "Troubleshoot Signature Version 4 requests for AWS APIs").
 */
export async function startSpitefulAws(): Promise<SpitefulAws> {
  const server = createServer(async (request, response) => {
    for await (const _chunk of request);
    const headers = Object.entries(request.headers).map(([name, value]) => `${name}:${value}`);
    const canonical = [request.method, request.url, "", ...headers].join("\n");
    const message =
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key. " +
      `The Canonical String for this request should have been '${canonical}'`;
    response
      .writeHead(403, { "content-type": "application/x-amz-json-1.0" })
      .end(JSON.stringify({ __type: "com.amazon.coral.service#InvalidSignatureException", message }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
