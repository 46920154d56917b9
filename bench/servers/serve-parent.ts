/** What a server under test tells first: where on 127.0.0.1 it listens. */
export interface Ready {
  port: number;
}

/** What it answers to any message: what it has used so far. */
export interface Usage {
  /** Processor time, in microseconds. */
  cpuUs: number;
  /** The most memory that it ever had, in bytes (resident set). */
  peakBytes: number;
}

/** Starts a server, tells the parent its port, answers its questions, and stops when it says so or is gone. */
export async function serveParent(start: () => Promise<Ready & { stop?: () => Promise<void> }>): Promise<void> {
  let stop = async (): Promise<void> => {};
  const end = (): void => {
    stop().finally(() => process.exit());
  };
  const send = (message: Ready | Usage): void => void process.send?.(message);
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  process.once("disconnect", end);
  process.on("message", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    send({ cpuUs: userCPUTime + systemCPUTime, peakBytes: maxRSS * 1_024 });
  });
  const started = await start();
  stop = started.stop ?? stop;
  send({ port: started.port });
}
