import type { ServiceDefinition } from "@grpc/grpc-js";
import { type Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { createArrivals } from "../../server/demo/arrivals.ts";

export interface OapCall {
  readonly method: "queryPolicies" | "reportProfilingTask";
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Enums by name; no fields that hold their default. */
  readonly request: Readonly<Record<string, unknown>>;
}

export interface OapAnswer {
  readonly commands: readonly { command: string; args: readonly { key: string; value: string }[] }[];
}

export interface OapDouble {
  readonly url: string;
  /** In the order of arrival, whatever was answered. */
  readonly calls: readonly OapCall[];
  /** What a report is answered with from now on; an error is `{ code, details }` of gRPC. */
  answer(answer: OapAnswer | { code: number; details: string; metadata?: Metadata }): void;
  close(): Promise<void>;
}

const UNAUTHENTICATED = 16;

/**
 * What stands in for a SkyWalking OAP on 127.0.0.1, read and answered by grpc-js from the contract itself.
 * @param authentication what each call has to bring, as with `SW_AUTHENTICATION`.
 */
export async function startOapDouble({ authentication }: { authentication?: string } = {}): Promise<OapDouble> {
  const calls = createArrivals<OapCall>("call");
  let next: Parameters<OapDouble["answer"]>[0] = answerOf("oap-task-1");
  const take =
    (method: OapCall["method"], answer: () => typeof next) =>
    (call: ServerUnaryCall<Record<string, unknown>, OapAnswer>, callback: sendUnaryData<OapAnswer>): void => {
      const metadata = call.metadata.getMap();
      if (authentication !== undefined && metadata.authentication !== authentication) {
        callback({ code: UNAUTHENTICATED, details: `Unauthenticated token ${metadata.authentication}` });
        return;
      }
      calls.add({ method, metadata, request: call.request });
      const given = answer();
      if ("code" in given) callback(given);
      else callback(null, given);
    };
  const server = new Server();
  server.addService(readService(), {
    queryPolicies: take("queryPolicies", () => ({ commands: [] })),
    reportProfilingTask: take("reportProfilingTask", () => next),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    calls: calls.all,
    answer(answer) {
      next = answer;
    },
    close: async () => server.forceShutdown(),
  };
}

/** As an OAP names the task that it made of a report. */
export function answerOf(taskId: string): OapAnswer {
  return { commands: [{ command: "ContinuousProfilingReportTask", args: [{ key: "TaskId", value: taskId }] }] };
}

function readService(): ServiceDefinition {
  const includeDirs = [new URL("../../proto", import.meta.url).pathname];
  const loaded = loadSync("ebpf/profiling/Continuous.proto", { includeDirs, enums: String, keepCase: true });
  return loaded["skywalking.v3.ContinuousProfilingService"] as ServiceDefinition;
}
