import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds; memory in MiB. */
export interface Usage {
  readonly rss: number;
  /** What lives on the heap of its main thread. */
  readonly heap: number;
  /** Of buffers, beside the heap. */
  readonly external: number;
  /** Sockets, timers and whatever else keeps it alive. */
  readonly handles: number;
  readonly sockets: number;
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");
const MIB = 1_024 * 1_024;

/** Of this process, once its garbage is collected. */
export function usageNow(): Usage {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  return {
    rss: rss / MIB,
    heap: heapUsed / MIB,
    external: external / MIB,
    handles: resources.length,
    sockets: resources.filter((name) => name.startsWith("TCPSocket")).length,
  };
}
