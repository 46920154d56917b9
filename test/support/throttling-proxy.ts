import { createServer, request as send } from "node:http";
import { listeningOn } from "./listening-on.ts";

/** What a DynamoDB that is short of capacity, behind a network that loses answers, did to writes so far. */
export interface ThrottlingProxy {
  readonly port: number;
  /** Requests by what became of them; reads pass too. */
  readonly counts: { passed: number; throttled: number; lost: number };
}

const WRITES = /\.(PutItem|DeleteItem|BatchWriteItem)$/;
const THROTTLED = JSON.stringify({
  __type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
  message: "The level of configured provisioned throughput for the table was exceeded.",
});

/**
 * A way to DynamoDB, until the test has ended, on which some writes are refused for want of capacity, and some take effect
 * with their answer lost: the connection is closed instead.
 * @param options.throttled, options.lost which share of the writes, from 0 to 1.
 */
export async function startThrottlingProxy(options: {
  /** DynamoDB's. */
  port: number;
  throttled: number;
  lost: number;
  /** From 0 to 1. */
  random: () => number;
  /** Hears of every write that took effect and whose answer was not lost. */
  onWrite?: () => void;
}): Promise<ThrottlingProxy> {
  const { port, throttled, lost, random, onWrite } = options;
  const counts = { passed: 0, throttled: 0, lost: 0 };
  const server = createServer((request, response) => {
    const { method, url: path, headers, socket } = request;
    const isWrite = WRITES.test(String(headers["x-amz-target"]));
    const fate = isWrite ? random() : 1;
    if (fate < throttled) {
      counts.throttled++;
      request.resume().once("end", () => {
        response.writeHead(400, { "content-type": "application/x-amz-json-1.0" }).end(THROTTLED);
      });
      return;
    }
    const isLost = fate < throttled + lost;
    counts[isLost ? "lost" : "passed"]++;
    const onward = send({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      if (isLost) return void answer.resume().once("end", () => socket.destroy());
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      if (isWrite) onWrite?.();
    });
    onward.on("error", () => socket.destroy()); // whoever called has gone away
    request.pipe(onward);
  });
  return { port: await listeningOn(server), counts };
}
