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

/** Starts a server, tells the parent where, answers its questions, and stops when it says so or is gone. */
export async function serveParent<Told extends Ready>(
  start: () => Promise<Told & { stop?: () => Promise<void> }>,
): Promise<void> {
  let stop = async (): Promise<void> => {};
  const end = (): void => {
    stop().finally(() => process.exit());
  };
  const send = (message: object): void => void process.send?.(message);
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  process.once("disconnect", end);
  process.on("message", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    send({ cpuUs: userCPUTime + systemCPUTime, peakBytes: maxRSS * 1_024 } satisfies Usage);
  });
  const { stop: stopServer = stop, ...told } = await start();
  stop = stopServer;
  send(told);
}
