/** What grpc-js costs by itself: reads a client stream to its end and answers an empty message. */
import { promisify } from "node:util";
import { Server, ServerCredentials, type ServerReadableStream } from "@grpc/grpc-js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { serveParent } from "./serve-parent.ts";

const EMPTY = Buffer.alloc(0);
const asIs = (bytes: Buffer): Buffer => bytes;
const { collectProfilingData } = EBPFProfilingService.method;

const server = new Server({ "grpc.enable_channelz": 0 }); // as ours
server.addService(
  {
    collectProfilingData: {
      path: `/${EBPFProfilingService.typeName}/${collectProfilingData.name}`,
      requestStream: true,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  },
  {
    collectProfilingData(call: ServerReadableStream<Buffer, Buffer>, callback: (error: null, answer: Buffer) => void) {
      call.on("data", () => {});
      call.on("end", () => callback(null, EMPTY));
    },
  },
);
await serveParent(async () => {
  const bind = promisify(server.bindAsync.bind(server));
  return { port: await bind("127.0.0.1:0", ServerCredentials.createInsecure()) };
});
