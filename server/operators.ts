import { isIP } from "node:net";
import { judgeAddress } from "../shared/egress/address-rule.ts";
import { type Network, readNetwork } from "../shared/egress/network.ts";

/** RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export const LOOPBACK = ["127.0.0.0/8", "::1/128"];

/** Headers by which proxies say that a request is somebody else's (RFC 7239, and what was used before and beside it). */
const PROXY_HEADERS = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"];

/** What a request says of who sent it. */
export interface Caller {
  /** The other end of its connection. */
  address: string | undefined;
  /** Whom it means to reach: a Host header or :authority, with or without a port. */
  host: string | undefined;
  /** The value of a header, undefined if there is none. */
  header(name: string): unknown;
}

/** Whether metrics, measured values and reflection are answered to a caller. */
export type IsOperator = (caller: Caller) => boolean;

/**
 * Operators are those who call from these networks, and those who call from this machine itself. The latter only if no
 * proxy stands in between, which would let everybody in, and if they call it by its address or as localhost: a page in a
 * browser here can be made to call any other name that leads here (DNS rebinding).
 * @param networks CIDR blocks, as settings have them.
 */
export function createOperatorCheck(networks: readonly string[]): IsOperator {
  const listed = networks.map(network);
  const loopback = LOOPBACK.map(network);
  return ({ address = "", host, header }) => {
    if (isWithin(address, listed)) return true;
    return isWithin(address, loopback) && isOwnName(host) && PROXY_HEADERS.every((name) => header(name) === undefined);
  };
}

/** For tests and hosts that have no networks: those on this machine. */
export const isLocalOperator: IsOperator = createOperatorCheck([]);

function network(text: string): Network {
  const read = readNetwork(text);
  if ("problem" in read) throw new Error(read.problem); // settings were judged when they were read
  return read.network;
}

/** IPv4 within IPv6 counts as IPv4, which is how a socket for both names it. */
function isWithin(address: string, networks: readonly Network[]): boolean {
  return judgeAddress(address, networks).kind === "listed";
}

/** Without any, as HTTP/1.0 may be, no name can have led here. */
function isOwnName(host = ""): boolean {
  const name = host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
  return name === "" || name.toLowerCase() === "localhost" || isIP(name) !== 0;
}
