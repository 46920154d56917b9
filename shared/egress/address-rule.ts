import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { lazily } from "../lazily.ts";
import { isIn, type Network } from "./network.ts";

/** What may be done with an address. */
export type Verdict =
  /** In one of the operator's networks: all is allowed, also without TLS. */
  | { kind: "listed" }
  /** Anybody's: allowed with TLS. */
  | { kind: "public" }
  | { kind: "closed"; why: string };

/** ipaddr.js names the ranges of IANA's two special-purpose registries (RFC 6890). */
const RANGES: Readonly<Record<string, string>> = {
  private: "a private address",
  uniqueLocal: "a private address",
  deprecatedSiteLocal: "a private address",
  carrierGradeNat: "a private address",
  loopback: "a loopback address",
  linkLocal: "a link-local address",
  unspecified: "an unspecified address",
  multicast: "a multicast address",
  broadcast: "a broadcast address",
  teredo: "an address that carries another",
  "6to4": "an address that carries another",
  rfc6052: "an address that carries another",
  rfc6145: "an address that carries another",
};
const RESERVED = "a reserved address";

/** The part of IPv6 that IANA gives out to the public; nothing else is routed (RFC 4291 §2.4). */
const globalUnicast = lazily((): Network => ({ first: ipaddr.IPv6.parse("2000::"), prefix: 3 }));
/** What was 6bone once and is nobody's since (RFC 3701). */
const sixbone = lazily((): Network => ({ first: ipaddr.IPv6.parse("3ffe::"), prefix: 16 }));
/** Public by number, but inside Azure it is the platform that answers, with a machine's settings. */
const azurePlatform = lazily((): Network => ({ first: ipaddr.IPv4.parse("168.63.129.16"), prefix: 32 }));

/**
 * What an IP address may be connected to. Public is only what ipaddr.js calls unicast, in IPv6 only from 2000::/3;
 * forms of IPv6 that carry an IPv4 address to somewhere else are never public, whatever they carry. IPv4-mapped IPv6 is
 * another way to write IPv4 and is judged as that.
 * @param address as a resolver or a socket names it; with or without zone.
 */
export function judgeAddress(address: string, networks: readonly Network[]): Verdict {
  const parsed = parse(address);
  if (parsed === undefined) return { kind: "closed", why: "no IP address" };
  if (networks.some((network) => isIn(parsed, network))) return { kind: "listed" };
  const why = whyClosed(parsed);
  return why === undefined ? { kind: "public" } : { kind: "closed", why };
}

function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const [plain = ""] = address.split("%"); // the zone says which of our interfaces, not which address
  switch (isIP(plain)) {
    case 4:
      return ipaddr.IPv4.parse(plain);
    case 6:
      // ipaddr.js takes ::1.2.3.4 for ::ffff:1.2.3.4; the URL parser writes both out in hexadecimal.
      return ipaddr.process(new URL(`http://[${plain}]`).hostname.slice(1, -1));
    default:
      return undefined;
  }
}

function whyClosed(address: ipaddr.IPv4 | ipaddr.IPv6): string | undefined {
  if (isIn(address, azurePlatform())) return "an address of the platform";
  const range: string = address.range();
  if (range !== "unicast") return RANGES[range] ?? RESERVED;
  if (address.kind() === "ipv4") return undefined;
  if (!isIn(address, globalUnicast()) || isIn(address, sixbone())) return RESERVED;
  return isIsatap(address as ipaddr.IPv6) ? RANGES["6to4"] : undefined;
}

/** Interface identifiers that carry IPv4: 0000:5efe or 0200:5efe and four bytes (RFC 5214 §6.1). */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return ((parts[4] ?? 0) & 0xfcff) === 0 && parts[5] === 0x5efe;
}
