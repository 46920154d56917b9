import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** What DynamoDB has been asked for, as it says itself. */
export interface EngineReads {
  readonly requests: number;
  /** What AWS bills, by the engine's own count: half a unit for 4 KB read without a claim to what was written last. */
  readonly units: number;
}

/** A way to DynamoDB on which reads are counted. */
export interface CountedEngine {
  readonly endpoint: string;
  /** Since the last call. */
  take(): EngineReads;
  close(): Promise<void>;
}

const READS = /\.(GetItem|BatchGetItem|Query|Scan)$/;

/** A proxy on 127.0.0.1 in front of the engine; it asks every read what capacity it consumed, and so counts outside the server. */
export async function countedEngine(target: string): Promise<CountedEngine> {
  let [requests, units] = [0, 0];
  const { hostname, port } = new URL(target);
  const server = createServer(async (request, response) => {
    const isRead = READS.test(String(request.headers["x-amz-target"]));
    const body = await textOf(request);
    const asked = isRead ? JSON.stringify({ ...JSON.parse(body), ReturnConsumedCapacity: "TOTAL" }) : body;
    const headers = { ...request.headers, "content-length": Buffer.byteLength(asked) };
    const onward = send({ hostname, port, method: "POST", path: "/", headers }, async (answer) => {
      const text = await textOf(answer);
      if (isRead) {
        requests++;
        units += unitsOf(JSON.parse(text));
      }
      // Its checksum is of these very bytes, so they go on as they are.
      response.writeHead(answer.statusCode ?? 502, answer.headers).end(text);
    });
    onward.on("error", () => response.destroy());
    onward.end(asked);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = { requests, units };
      [requests, units] = [0, 0];
      return taken;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Capacity {
  readonly CapacityUnits: number;
}

/** One of one table, or a list of several. */
function unitsOf({ ConsumedCapacity = [] }: { ConsumedCapacity?: Capacity | readonly Capacity[] }): number {
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
