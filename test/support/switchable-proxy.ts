import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy on 127.0.0.1 that can fail as networks do. */
export interface SwitchableProxy {
  readonly port: number;
  /** `pass` carries bytes, `refuse` resets every connection, `hang` takes connections and stays silent. */
  set(mode: Mode): void;
  close(): Promise<void>;
}

type Mode = "pass" | "refuse" | "hang";

export async function startSwitchableProxy(targetPort: number): Promise<SwitchableProxy> {
  let mode: Mode = "pass";
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {}); // resets are what this is for
    socket.once("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    track(client);
    if (mode === "refuse") return void client.resetAndDestroy();
    if (mode === "hang") return void client.resume();
    const upstream = connect(targetPort, "127.0.0.1");
    track(upstream);
    client.pipe(upstream).pipe(client);
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    set(next) {
      mode = next;
      destroyAll(); // connections that are kept alive must feel it too
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        destroyAll();
      }),
  };
}
