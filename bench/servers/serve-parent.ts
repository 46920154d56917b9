/** What a server under test tells first: where on 127.0.0.1 it listens. */
export interface Ready {
  port: number;
}

/** What it answers to any message: the processor time that it has used, in microseconds. */
export interface CpuTime {
  cpuUs: number;
}

/** Starts a server, tells the parent its port, answers its questions, and stops when it says so or is gone. */
export async function serveParent(start: () => Promise<Ready & { stop?: () => Promise<void> }>): Promise<void> {
  let stop = async (): Promise<void> => {};
  const end = (): void => {
    stop().finally(() => process.exit());
  };
  const send = (message: Ready | CpuTime): void => void process.send?.(message);
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  process.once("disconnect", end);
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    send({ cpuUs: user + system });
  });
  const started = await start();
  stop = started.stop ?? stop;
  send({ port: started.port });
}
