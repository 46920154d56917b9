import { errorText } from "../shared/errors.ts";
/** Where something listens; the port is the real one, even where 0 was asked for. */
export interface Listening {
  host: string;
  port: number;
}

/** The process cannot start, for a reason that one line tells the user. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** `host:port`, with an IPv6 address in brackets. */
export function addressOf(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where the same machine reaches what listens there. */
export function reachableAt({ host, port }: Listening): string {
  const anywhere: Record<string, string> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return addressOf(anywhere[host] ?? host, port);
}

/** Whether it was the port that failed, and not what stands behind it. */
export function isListenError(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === "listen" || syscall === "bind" || syscall === "getaddrinfo";
}

/** Says why a port could not be opened and which flag opens another. */
export function listenError(what: string, host: string, port: number, flag: string, cause: unknown): StartError {
  const reason = errorText(cause);
  const address = addressOf(host, port);
  if (reason.includes("EADDRINUSE")) {
    return new StartError(
      `${what} port ${address} is taken; stop what listens there or choose another with ${flag} (0 picks a free one)`,
    );
  }
  if (reason.includes("EACCES"))
    return new StartError(`${what} port ${address} may not be opened; choose one over 1023 with ${flag}`);
  if (reason.includes("ENOTFOUND") || reason.includes("EADDRNOTAVAIL") || reason.includes("Name resolution")) {
    return new StartError(
      `${what} cannot listen on ${address}: this machine has no such address; choose another with --host`,
    );
  }
  return new StartError(`${what} cannot listen on ${address}: ${reason}`);
}
