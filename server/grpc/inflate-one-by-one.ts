import type { ServerInterceptingCallInterface } from "@grpc/grpc-js";
import { inflating } from "../../shared/rpc/inflating.ts";

/** A message that came, or the end of them, as grpc-js keeps it until its turn. */
interface QueueEntry {
  readonly type: "COMPRESSED" | "READABLE" | "HALF_CLOSE";
}

/** What grpc-js's own call does with messages; it has no public name for it. */
interface ReadingCall {
  readonly readQueue: readonly QueueEntry[];
  startRead(): void;
  decompressAndMaybePush(entry: QueueEntry): Promise<void>;
}

/**
 * Has the messages of a call inflated one after the other, each once it is asked for. grpc-js would inflate all that came
 * in one piece at once: 16 KB of them open to as many megabytes, in each of a connection's streams.
 */
export function inflateOneByOne(call: ServerInterceptingCallInterface): void {
  const reading = call as unknown as ReadingCall;
  const startRead = reading.startRead.bind(reading);
  const inflate = reading.decompressAndMaybePush.bind(reading);
  let first: QueueEntry | undefined;
  const inflateFirst = (): void => {
    const [entry] = reading.readQueue;
    if (entry === undefined || entry === first || entry.type !== "COMPRESSED") return;
    first = entry;
    void inflating(() => inflate(entry));
  };
  reading.decompressAndMaybePush = async () => inflateFirst();
  reading.startRead = () => {
    startRead();
    inflateFirst();
  };
}

/** Whether a call says that its messages may be compressed. */
export function isCompressed(call: ServerInterceptingCallInterface): boolean {
  const { incomingEncoding } = call as unknown as { incomingEncoding: string };
  return incomingEncoding !== "identity";
}
