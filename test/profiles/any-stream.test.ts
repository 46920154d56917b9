import fc from "fast-check";
import { expect, test } from "vitest";
import { InvalidInput } from "../../shared/errors.ts";
import { type EBPFProfilingData, EBPFProfilingDataSchema } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { createPprofBuilder } from "../../shared/profiles/pprof-builder.ts";
import { readSamples } from "../../shared/profiles/stack-samples.ts";
import { anyMessage } from "../support/any-message.ts";

async function* streamOf(messages: readonly EBPFProfilingData[]) {
  yield* messages;
}

/** All that a stream counts, as its messages say. */
function countedIn(messages: readonly EBPFProfilingData[]): bigint {
  return messages.reduce((sum, { profiling }) => {
    if (profiling.case === "onCPU") return sum + BigInt(profiling.value.dumpCount);
    return profiling.case === "offCPU" ? sum + BigInt(profiling.value.switchCount) : sum;
  }, 0n);
}

test("of any stream every count is in the profiles, or it is refused for what it holds", async () => {
  // Some with the beginning that a stream should have, so that not all are refused for that.
  const stream = fc
    .tuple(fc.array(anyMessage(EBPFProfilingDataSchema), { maxLength: 6 }), fc.boolean())
    .map(([messages, isSound]) => (isSound ? messages.map(sound) : messages));
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(stream, async (messages) => {
      const builders = {
        ON_CPU: createPprofBuilder({ target: "ON_CPU", periodNanos: 9_000_000 }),
        OFF_CPU: createPprofBuilder({ target: "OFF_CPU", periodNanos: 9_000_000 }),
      };
      try {
        for await (const { target, stacks, count, nanos } of readSamples(streamOf(messages)))
          builders[target].add(stacks, count, nanos);
      } catch (error) {
        if (!(error instanceof InvalidInput)) expect(error).toBeInstanceOf(RangeError);
        return;
      }
      const counts = Object.values(builders).map(({ sampleCount }) => sampleCount);
      expect(counts[0] ?? 0n).toBe(countedIn(messages) - (counts[1] ?? 0n));
      for (const builder of Object.values(builders)) {
        const profile = builder.build({ flushedAt: 0, processName: "java", labels: {} });
        const inProfile = profile.sample.reduce((sum, { value }) => sum + BigInt(value[0] ?? 0), 0n);
        expect(inProfile).toBe(builder.sampleCount);
        expect(profile.encode().length).toBeGreaterThan(0);
      }
      taken++;
    }),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(10);
});

function sound(message: EBPFProfilingData): EBPFProfilingData {
  const { profiling } = message;
  if (profiling.case === "onCPU") profiling.value.dumpCount = Math.abs(profiling.value.dumpCount % 1_000);
  if (profiling.case === "offCPU") {
    profiling.value.switchCount = Math.abs(profiling.value.switchCount % 1_000);
    profiling.value.duration = BigInt.asUintN(40, profiling.value.duration);
  }
  const task = { $typeName: "skywalking.v3.EBPFProfilingTaskMetadata" as const, taskId: "t", processId: "p" };
  return { ...message, task: { ...task, profilingStartTime: 0n, currentTime: 0n } };
}
