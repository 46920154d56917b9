import type { DescMethod, DescMethodStreaming, DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ContinuousProfilingService } from "../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../shared/gen/ebpf/profiling/Process_pb.js";
import { EBPFProfilingService } from "../shared/gen/ebpf/profiling/Profile_pb.js";
import { MeterReportService } from "../shared/gen/language-agent/Meter_pb.js";
import { routes } from "../shared/routes.ts";
import { anyMessage } from "./support/any-message.ts";
import { type StillWorld, startStillWorld } from "./support/still-world.ts";

const SERVICES = [ContinuousProfilingService, EBPFProcessService, EBPFProfilingService, MeterReportService];
const METHODS = SERVICES.flatMap(({ methods }): DescMethod[] => methods);
/** What says that the fault is ours. */
const OURS = [Code.Internal, Code.Unknown, Code.DataLoss];

let world: StillWorld;
beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world.stop());

async function* streamOf(messages: readonly object[]): AsyncGenerator<never> {
  yield* messages as never[];
}

/** The code that a call of these messages is refused with; undefined if it is answered. */
async function codeOf(method: DescMethod, messages: readonly object[]): Promise<Code | undefined> {
  const transport = createRouterTransport(routes(world.services));
  try {
    if (method.methodKind === "unary") {
      await transport.unary(method as DescMethodUnary, undefined, undefined, {}, messages[0] as never);
      return undefined;
    }
    const stream = method as DescMethodStreaming;
    const { message } = await transport.stream(stream, undefined, undefined, {}, streamOf(messages));
    await Array.fromAsync(message);
    return undefined;
  } catch (error) {
    return ConnectError.from(error).code;
  }
}

test.each(METHODS.map((method) => [method.name, method] as const))(
  "%s answers whatever message its type allows, or refuses it as the caller's fault",
  async (_name, method) => {
    const messages = fc.array(anyMessage(method.input), {
      minLength: 1,
      maxLength: method.methodKind === "unary" ? 1 : 4,
    });
    await fc.assert(
      fc.asyncProperty(messages, async (content) => {
        expect(OURS).not.toContain(await codeOf(method, content));
      }),
      { numRuns: 60 },
    );
    expect(world.log.filter(({ level }) => level === "error")).toEqual([]);
  },
);
