import { once } from "node:events";
import { createServer } from "node:net";
import { type Chance, whole } from "./chance.ts";

/**
 * Ports that systems give to nobody who connects (Linux: 32768 to 60999, IANA: from 49152). With one of those, a client
 * that connects while nobody listens may get it as its own, and talk to itself or keep the listener from coming back.
 */
const PORTS = { least: 15_000, most: 29_999 };
const TRIES = 100;

/** A port on 127.0.0.1 that is free now and stays so while what listens there is away for a while. */
export async function steadyPort(chance: Chance, what: string): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = whole(chance("port", what, process.pid, attempt), PORTS.least, PORTS.most);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port after ${TRIES} tries`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
