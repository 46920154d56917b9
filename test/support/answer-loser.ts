import { createServer, request as send } from "node:http";
import { listeningOn } from "./listening-on.ts";

/**
 * A way to DynamoDB, until the test has ended, on which the first answers to an operation are lost after it took effect:
 * the connection is closed instead.
 */
export async function startAnswerLoser(options: {
  /** DynamoDB's. */
  port: number;
  operation: string;
  /** How many are lost. */
  answers: number;
}): Promise<{ port: number }> {
  const { port, operation } = options;
  let left = options.answers;
  const server = createServer((request, response) => {
    const { method, url: path, headers, socket } = request;
    const isLost = String(headers["x-amz-target"]).endsWith(`.${operation}`) && left-- > 0;
    const onward = send({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      if (isLost) return void answer.resume().once("end", () => socket.destroy());
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  return { port: await listeningOn(server) };
}
