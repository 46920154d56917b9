import ipaddr from "ipaddr.js";
import { networkProblem } from "./network-text.ts";

/** A CIDR block of IPv4 or IPv6 addresses (RFC 4632, RFC 4291 §2.3). */
export interface Network {
  readonly first: ipaddr.IPv4 | ipaddr.IPv6;
  /** Leading bits that all its addresses have in common. */
  readonly prefix: number;
}

/**
 * Reads a block such as `10.0.0.0/8`.
 * @returns what is wrong and what would be right, if it is none.
 */
export function readNetwork(text: string): { network: Network } | { problem: string } {
  const problem = networkProblem(text);
  if (problem !== undefined) return { problem };
  const [first, prefix] = ipaddr.parseCIDR(text);
  return { network: { first, prefix } };
}

/** Whether an address, with IPv4-mapped IPv6 unwrapped, lies in a block. */
export function isIn(address: ipaddr.IPv4 | ipaddr.IPv6, { first, prefix }: Network): boolean {
  return address.kind() === first.kind() && address.match(first, prefix);
}
