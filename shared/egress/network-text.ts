import { isIP } from "node:net";

/** Octets of an IPv4 address, or groups of 16 bits of an IPv6 address. */
interface Parts {
  readonly version: 4 | 6;
  readonly values: readonly number[];
}

/**
 * What is wrong with a text that should be a CIDR block, and what would be right. Stricter than the C library: no octal
 * or short forms, no bits after the prefix. Small and by itself, since every program judges its settings when it starts.
 * @returns undefined if it is one.
 */
export function networkProblem(text: string): string | undefined {
  const [, address = "", digits = ""] = /^([^/%]+)\/(\d{1,3})$/.exec(text) ?? [];
  if (isIP(address) === 0) return noBlock(text);
  const parts = partsOf(address);
  const bits = bitsOf(parts);
  const prefix = Number(digits);
  if (prefix > bits) return `"${text}" has more than the ${bits} bits of an address`;
  if (isIPv4WithinIPv6(address, parts)) return `"${text}" is IPv4 in the form of IPv6; write it as IPv4`;
  const first = textOf(masked(parts, prefix));
  const whole = textOf(parts);
  if (first === whole) return undefined;
  return `"${text}" has bits after its prefix; write ${first}/${prefix} or ${whole}/${bits}`;
}

function noBlock(text: string): string {
  const version = isIP(text);
  if (version === 0) return `"${text}" is no CIDR block such as 10.0.0.0/8 or fd00::/8`;
  return `"${text}" has no prefix; write ${text}/${version === 4 ? 32 : 128} for that one address`;
}

/** @param address one that `isIP` knows, without a zone. */
function partsOf(address: string): Parts {
  if (isIP(address) === 4) return { version: 4, values: address.split(".").map(Number) };
  const [left = "", right] = canonical(address).split("::");
  const groups = (side = ""): number[] =>
    side === "" ? [] : side.split(":").map((group) => Number.parseInt(group, 16));
  const zeros = new Array<number>(8 - groups(left).length - groups(right).length).fill(0);
  return { version: 6, values: [...groups(left), ...zeros, ...groups(right)] };
}

/** The one form of an IPv6 address (RFC 5952), as URLs have it. */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function textOf({ version, values }: Parts): string {
  return version === 4 ? values.join(".") : canonical(values.map((group) => group.toString(16)).join(":"));
}

function widthOf({ version }: Parts): number {
  return version === 4 ? 8 : 16;
}

function bitsOf(parts: Parts): number {
  return parts.values.length * widthOf(parts);
}

/** The address with nothing but zeros after the first `prefix` bits. */
function masked(parts: Parts, prefix: number): Parts {
  const width = widthOf(parts);
  const values = parts.values.map((value, index) => {
    const dropped = Math.min(Math.max((index + 1) * width - prefix, 0), width);
    return (value >> dropped) << dropped;
  });
  return { ...parts, values };
}

/** IPv4-mapped, or IPv4-compatible if it is written so (RFC 4291 §2.5.5). */
function isIPv4WithinIPv6(address: string, { version, values }: Parts): boolean {
  const [high, sixth] = [values.slice(0, 5), values[5]];
  if (version === 4 || high.some((group) => group !== 0)) return false;
  return sixth === 0xffff || (sixth === 0 && address.includes("."));
}
