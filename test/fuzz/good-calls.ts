import { create, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import type { GrpcCaller } from "../../server/demo/grpc-caller.ts";
import { errorText } from "../../shared/errors.ts";
import { CommandsSchema } from "../../shared/gen/common/Common_pb.js";
import {
  ContinuousProfilingPolicyQuerySchema,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { goodReport, servicesIn, taskIdIn } from "../support/policies.ts";

/** Whether the server still does what it should. */
export interface GoodCalls {
  /**
   * A poll over either port and a report.
   * @returns what is wrong; undefined if all is well. The report's task has to be recorded.
   */
  check(): Promise<{ fault?: string; taskId?: string }>;
}

const { queryPolicies, reportProfilingTask } = ContinuousProfilingService.method;
const ANSWER_MS = 5_000;
const TRIES = 3;

export function createGoodCalls(options: {
  grpc: GrpcCaller;
  /** `host:port` of the HTTP port. */
  http: string;
  token: string;
  service: string;
}): GoodCalls {
  const { grpc, http, token, service } = options;
  const headers = { authentication: token };
  const query = { policies: [{ serviceName: service }, { serviceName: "nobody's" }] };

  async function overConnect() {
    const { parent, name } = queryPolicies;
    const response = await fetch(`http://${http}/${parent.typeName}/${name}`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: toJsonString(ContinuousProfilingPolicyQuerySchema, create(ContinuousProfilingPolicyQuerySchema, query)),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return fromJsonString(CommandsSchema, await response.text());
  }

  async function once(): Promise<string> {
    for (const answer of [await grpc.call(queryPolicies, query, headers), await overConnect()]) {
      const [heard, ...others] = servicesIn(answer);
      const isRight = heard?.ServiceName === service && heard.UUID !== "" && "ON_CPU" in heard.Profiling;
      if (!isRight || others.length > 0) throw new Error(`a poll is answered ${JSON.stringify(answer)}`);
    }
    return taskIdIn(await grpc.call(reportProfilingTask, goodReport("good"), headers));
  }

  return {
    async check() {
      let fault = "";
      // An agent calls again too, where the engines are too busy to answer in time.
      for (let left = TRIES; left > 0; left--) {
        try {
          return { taskId: await once() };
        } catch (error) {
          fault = `a good call fails: ${errorText(error)}`;
        }
      }
      return { fault };
    },
  };
}
