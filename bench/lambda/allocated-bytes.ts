import { GCProfiler, getHeapStatistics } from "node:v8";

/**
 * How many bytes a piece of work allocates on V8's heap. The heap in use grows by what is allocated and falls only in a
 * garbage collection, so what it grew by between one collection and the next is what was allocated, and V8 says at each
 * collection what was in use before and after. The memory of buffers lies beside the heap and is not in it: V8 does not
 * say when it is given back.
 */
export async function allocatedBytes(work: () => Promise<void>): Promise<number> {
  const profiler = new GCProfiler();
  profiler.start();
  let before = getHeapStatistics().used_heap_size;
  await work();
  const atTheEnd = getHeapStatistics().used_heap_size;
  let allocated = 0;
  for (const { beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
    allocated += beforeGC.heapStatistics.usedHeapSize - before;
    before = afterGC.heapStatistics.usedHeapSize;
  }
  return allocated + atTheEnd - before;
}
