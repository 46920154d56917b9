import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** A CIDR block of IPv4 or IPv6 addresses (RFC 4632, RFC 4291 §2.3). */
export interface Network {
  readonly first: ipaddr.IPv4 | ipaddr.IPv6;
  /** Leading bits that all its addresses have in common. */
  readonly prefix: number;
}

/**
 * Reads a block such as `10.0.0.0/8`. Stricter than the C library: no octal or short forms, no bits after the prefix.
 * @returns what is wrong and what would be right, if it is none.
 */
export function readNetwork(text: string): { network: Network } | { problem: string } {
  const [, address = "", digits = ""] = /^([^/%]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return { problem: noBlock(text) };
  const bits = version === 4 ? 32 : 128;
  const prefix = Number(digits);
  if (prefix > bits) return { problem: `"${text}" has more than the ${bits} bits of an address` };
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === "ipv6" && (parsed as ipaddr.IPv6).isIPv4MappedAddress()) {
    return { problem: `"${text}" is IPv4 in the form of IPv6; write it as IPv4` };
  }
  const first =
    version === 4
      ? ipaddr.IPv4.networkAddressFromCIDR(`${parsed}/${prefix}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${parsed}/${prefix}`);
  if (first.toString() !== parsed.toString()) {
    return { problem: `"${text}" has bits after its prefix; write ${first}/${prefix} or ${parsed}/${bits}` };
  }
  return { network: { first, prefix } };
}

function noBlock(text: string): string {
  const version = isIP(text);
  if (version === 0) return `"${text}" is no CIDR block such as 10.0.0.0/8 or fd00::/8`;
  return `"${text}" has no prefix; write ${text}/${version === 4 ? 32 : 128} for that one address`;
}

/** Whether an address, with IPv4-mapped IPv6 unwrapped, lies in a block. */
export function isIn(address: ipaddr.IPv4 | ipaddr.IPv6, { first, prefix }: Network): boolean {
  return address.kind() === first.kind() && address.match(first, prefix);
}
