import type { MessageInitShape } from "@bufbuild/protobuf";
import type { EBPFProfilingDataSchema } from "../shared/gen/ebpf/profiling/Profile_pb.js";
import { EBPFProfilingStackType } from "../shared/gen/ebpf/profiling/Profile_pb.js";

type Message = MessageInitShape<typeof EBPFProfilingDataSchema>;

/** How often stacks come again in a stream. */
export type Variety = "typical" | "all different";

/** A stream of stacks and what must come out of it. */
export interface StackStream {
  messages: Iterable<Message>;
  /** Of all messages that were taken from the stream so far. */
  readonly sampleCount: number;
}

const FRAMES = 40;
const SYMBOL = "com.example.shop.checkout.PricingService.applyDiscount_";
/** About what a message of that many frames takes on the wire. */
const MESSAGE_BYTES = FRAMES * (SYMBOL.length + 8) + 16;
/** A typical program: this many functions, this many stacks that are seen at all. */
const TYPICAL = { functions: 4_000, stacks: 8_000 };

/** ON_CPU stacks of a task, about `bytes` of them on the wire. The same for the same arguments. */
export function stacksOf(taskId: string, bytes: number, variety: Variety): StackStream {
  const count = Math.max(1, Math.round(bytes / MESSAGE_BYTES));
  let sampleCount = 0;
  function* messages(): Generator<Message> {
    const currentTime = BigInt(Date.now());
    const task = { taskId, processId: "0".repeat(64), profilingStartTime: currentTime - 5_000n, currentTime };
    for (let index = 0; index < count; index++) {
      const dumpCount = 1 + (index % 7);
      sampleCount += dumpCount;
      const value = { dumpCount, stacks: [stack(variety === "typical" ? index % TYPICAL.stacks : index, variety)] };
      yield { ...(index === 0 && { task }), profiling: { case: "onCPU", value } };
    }
  }
  return {
    messages: messages(),
    get sampleCount() {
      return sampleCount;
    },
  };
}

function stack(index: number, variety: Variety) {
  const stackSymbols = Array.from({ length: FRAMES }, (_, depth) => {
    const number = index * FRAMES + depth;
    // Multiplying by a prime scatters neighbours over the functions.
    return SYMBOL + String(variety === "typical" ? (number * 7_919) % TYPICAL.functions : number).padStart(6, "0");
  });
  return { stackType: EBPFProfilingStackType.PROCESS_USER_SPACE, stackId: index, stackSymbols };
}
