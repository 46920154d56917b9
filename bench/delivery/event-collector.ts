/** A collector that notes when each event is there, in a process of its own. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { clock } from "./clock.ts";
import { type Arrivals, type CollectorQuestion, readMark } from "./load.ts";

const runs = new Map<string, { numbers: number[]; arrivedAt: number[] }>();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const arrivedAt = clock();
    const mark = readMark(JSON.parse(Buffer.concat(chunks).toString()).data?.processName);
    if (mark !== undefined) {
      const run = arrivalsOf(mark.run);
      run.numbers.push(mark.number);
      run.arrivedAt.push(arrivedAt);
    }
    response.writeHead(204).end();
  });
});
server.keepAliveTimeout = 30_000; // longer than any silence here: a new connection is another figure

function arrivalsOf(run: string): { numbers: number[]; arrivedAt: number[] } {
  const known = runs.get(run) ?? { numbers: [], arrivedAt: [] };
  runs.set(run, known);
  return known;
}

process.on("message", (question: CollectorQuestion) => {
  if ("count" in question) return void process.send?.(arrivalsOf(question.count).numbers.length);
  const { user, system } = process.cpuUsage();
  process.send?.({ ...arrivalsOf(question.take), cpuMs: (user + system) / 1_000 } satisfies Arrivals);
  runs.delete(question.take);
});
process.once("disconnect", () => process.exit());

server.listen(0, "127.0.0.1");
await once(server, "listening");
process.send?.({ port: (server.address() as AddressInfo).port });
