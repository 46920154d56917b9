import { once } from "node:events";
import { createServer } from "node:http";

/** DynamoDB's JSON wire on 127.0.0.1, for BatchGetItem only, as a throttled table answers it. */
export interface BatchGetServer {
  readonly endpoint: string;
  /** How many keys each request asked for. */
  readonly requests: readonly number[];
  close(): Promise<void>;
}

interface BatchGetItem {
  RequestItems: Record<string, { Keys: Record<string, object>[] }>;
}

/** Every key has an item with `attributes`, but each answer processes the first `processed` keys only. */
export async function startBatchGetServer(options: {
  processed: number;
  attributes: Record<string, object>;
}): Promise<BatchGetServer> {
  const requests: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.headers["x-amz-target"] !== "DynamoDB_20120810.BatchGetItem") return void response.writeHead(400).end();
    const { RequestItems }: BatchGetItem = JSON.parse(Buffer.concat(chunks).toString());
    const [[table, { Keys }] = ["", { Keys: [] }]] = Object.entries(RequestItems);
    requests.push(Keys.length);
    const done = Keys.slice(0, options.processed);
    const left = Keys.slice(options.processed);
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(
      JSON.stringify({
        Responses: { [table]: done.map((key) => ({ ...key, ...options.attributes })) },
        UnprocessedKeys: left.length === 0 ? {} : { [table]: { Keys: left } },
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    requests,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
