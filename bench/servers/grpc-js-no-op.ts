/** What grpc-js costs by itself: takes the request's bytes as they are, answers an empty message. */
import { promisify } from "node:util";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { POLL_PATH } from "../unchanged-poll.ts";
import { serveParent } from "./serve-parent.ts";

const EMPTY = Buffer.alloc(0);
const asIs = (bytes: Buffer): Buffer => bytes;

const server = new Server({ "grpc.enable_channelz": 0 }); // as ours
server.addService(
  {
    queryPolicies: {
      path: POLL_PATH,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  },
  { queryPolicies: (_call: unknown, callback: (error: null, answer: Buffer) => void) => callback(null, EMPTY) },
);
await serveParent(async () => {
  const bind = promisify(server.bindAsync.bind(server));
  return { port: await bind("127.0.0.1:0", ServerCredentials.createInsecure()) };
});
