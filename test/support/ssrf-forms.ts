import http2 from "node:http2";
import type { LookupFunction } from "node:net";
import type { Egress } from "../../shared/egress/egress.ts";
import { post } from "../../shared/egress/post.ts";

/** One way to write an address that a collector must not be at, so that a check may not see what it is. */
export interface SsrfForm {
  readonly form: string;
  /** Where `PORT` stands, or else at the end, a port can be put in. */
  readonly authority: string;
  /** The address that is meant; it alone is what the operator would have to allow. */
  readonly address: string;
  /** What the host's name resolves to, if not what it does on this machine. */
  readonly resolvesTo?: readonly string[];
}

const literal = (form: string, authority: string, address: string): SsrfForm => ({ form, authority, address });
const named = (form: string, authority: string, address: string, resolvesTo = [address]): SsrfForm => ({
  form,
  authority,
  address,
  resolvesTo,
});

export const SSRF_FORMS: readonly SsrfForm[] = [
  literal("loopback", "127.0.0.1", "127.0.0.1"),
  literal("loopback, not the first", "127.8.9.10", "127.8.9.10"),
  literal("decimal", "2130706433", "127.0.0.1"),
  literal("octal", "017700000001", "127.0.0.1"),
  literal("octal parts", "0177.0.0.01", "127.0.0.1"),
  literal("octal parts with many zeros", "00000177.0.0.1", "127.0.0.1"),
  literal("hexadecimal", "0x7f000001", "127.0.0.1"),
  literal("hexadecimal, in capitals", "0X7F000001", "127.0.0.1"),
  literal("hexadecimal parts", "0x7f.0x0.0x0.0x1", "127.0.0.1"),
  literal("short", "127.1", "127.0.0.1"),
  literal("short of three", "127.0.1", "127.0.0.1"),
  literal("short and hexadecimal", "0x7f.1", "127.0.0.1"),
  literal("octal, hexadecimal and decimal", "0177.0x0.1", "127.0.0.1"),
  literal("a dot at the end", "127.0.0.1.", "127.0.0.1"),
  literal("full-width digits", "１２７.０.０.１", "127.0.0.1"),
  literal("circled digits", "①②⑦.⓪.⓪.①", "127.0.0.1"),
  literal("ideographic dots", "127。0。0。1", "127.0.0.1"),
  literal("percent-encoded", "%31%32%37.0.0.1", "127.0.0.1"),
  literal("percent-encoded dots", "127%2e0%2e0%2e1", "127.0.0.1"),
  literal("behind a user", "collector.example.com@127.0.0.1", "127.0.0.1"),
  literal("behind a user and a password", "collector.example.com:443@127.0.0.1", "127.0.0.1"),
  literal("before a backslash", "127.0.0.1:PORT\\@collector.example.com", "127.0.0.1"),
  literal("before a fragment", "127.0.0.1:PORT#@collector.example.com", "127.0.0.1"),
  literal("zero", "0", "0.0.0.0"),
  literal("zero in hexadecimal", "0x0", "0.0.0.0"),
  literal("unspecified", "0.0.0.0", "0.0.0.0"),
  literal("this network", "0.1.2.3", "0.1.2.3"),
  literal("IPv6 unspecified", "[::]", "::"),
  literal("IPv6 loopback", "[::1]", "::1"),
  literal("IPv6 loopback in full", "[0000:0000:0000:0000:0000:0000:0000:0001]", "::1"),
  literal("IPv6 loopback, dotted", "[::0.0.0.1]", "::1"),
  literal("IPv4-mapped, dotted", "[::ffff:127.0.0.1]", "127.0.0.1"),
  literal("IPv4-mapped, hexadecimal", "[::ffff:7f00:1]", "127.0.0.1"),
  literal("IPv4-mapped in full", "[0:0:0:0:0:FFFF:7F00:0001]", "127.0.0.1"),
  literal("IPv4-mapped and private", "[::ffff:10.0.0.1]", "10.0.0.1"),
  literal("IPv4-mapped metadata", "[::ffff:a9fe:a9fe]", "169.254.169.254"),
  literal("IPv4-compatible", "[::127.0.0.1]", "::7f00:1"),
  literal("IPv4-compatible and public", "[::8.8.8.8]", "::808:808"),
  literal("IPv4-translated", "[::ffff:0:127.0.0.1]", "::ffff:0:7f00:1"),
  literal("NAT64", "[64:ff9b::127.0.0.1]", "64:ff9b::7f00:1"),
  literal("NAT64 metadata", "[64:ff9b::a9fe:a9fe]", "64:ff9b::a9fe:a9fe"),
  literal("local NAT64", "[64:ff9b:1::10.0.0.1]", "64:ff9b:1::a00:1"),
  literal("6to4", "[2002:7f00:1::]", "2002:7f00:1::"),
  literal("6to4 and private", "[2002:0a00:0001::1]", "2002:a00:1::1"),
  literal("Teredo", "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "2001:0:4136:e378:8000:63bf:80ff:fffe"),
  literal("ISATAP", "[2a00:1450:4001:80b::5efe:10.0.0.1]", "2a00:1450:4001:80b:0:5efe:a00:1"),
  literal(
    "ISATAP of a public address",
    "[2a00:1450:4001:80b:200:5efe:0808:0808]",
    "2a00:1450:4001:80b:200:5efe:808:808",
  ),
  literal("unique local", "[fd12:3456:789a::1]", "fd12:3456:789a::1"),
  literal("unique local, not assigned locally", "[fc00::1]", "fc00::1"),
  literal("IPv6 link-local", "[fe80::1]", "fe80::1"),
  literal("site-local", "[fec0::1]", "fec0::1"),
  literal("IPv6 multicast", "[ff02::1]", "ff02::1"),
  literal("discard", "[100::1]", "100::1"),
  literal("IPv6 documentation", "[2001:db8::1]", "2001:db8::1"),
  literal("IPv6 documentation, the newer", "[3fff::1]", "3fff::1"),
  literal("IPv6 benchmarking", "[2001:2::1]", "2001:2::1"),
  literal("ORCHID", "[2001:20::1]", "2001:20::1"),
  literal("6bone", "[3ffe::1]", "3ffe::1"),
  literal("segment routing", "[5f00::1]", "5f00::1"),
  literal("IPv6 that nobody was given", "[4000::1]", "4000::1"),
  literal("private, class A", "10.0.0.1", "10.0.0.1"),
  literal("private, class B", "172.31.255.254", "172.31.255.254"),
  literal("private, class C", "192.168.0.1", "192.168.0.1"),
  literal("private, decimal", "3232235521", "192.168.0.1"),
  literal("link-local", "169.254.1.1", "169.254.1.1"),
  literal("carrier-grade NAT", "100.64.0.1", "100.64.0.1"),
  literal("benchmarking", "198.18.0.1", "198.18.0.1"),
  literal("benchmarking, the upper half", "198.19.255.254", "198.19.255.254"),
  literal("documentation", "192.0.2.1", "192.0.2.1"),
  literal("protocol assignments", "192.0.0.8", "192.0.0.8"),
  literal("6to4 relay", "192.88.99.1", "192.88.99.1"),
  literal("multicast", "224.0.0.1", "224.0.0.1"),
  literal("reserved", "240.0.0.1", "240.0.0.1"),
  literal("broadcast", "255.255.255.255", "255.255.255.255"),
  literal("broadcast, decimal", "4294967295", "255.255.255.255"),
  literal("metadata of AWS, Google and Azure", "169.254.169.254", "169.254.169.254"),
  literal("metadata, decimal", "2852039166", "169.254.169.254"),
  literal("metadata, octal", "0251.0376.0251.0376", "169.254.169.254"),
  literal("metadata of AWS over IPv6", "[fd00:ec2::254]", "fd00:ec2::254"),
  literal("metadata of Google over IPv6", "[fd20:ce::254]", "fd20:ce::254"),
  literal("metadata of Alibaba", "100.100.100.200", "100.100.100.200"),
  literal("metadata of Oracle", "192.0.0.192", "192.0.0.192"),
  literal("credentials of ECS", "169.254.170.2", "169.254.170.2"),
  literal("platform of Azure", "168.63.129.16", "168.63.129.16"),
  literal("platform of Azure, IPv4-mapped", "[::ffff:168.63.129.16]", "168.63.129.16"),
  literal("localhost as this machine has it", "localhost", "127.0.0.1"),
  named("localhost in capitals", "LOCALHOST", "127.0.0.1"),
  named("localhost with a dot at the end", "localhost.", "127.0.0.1"),
  named("localhost in IPv6", "ip6-localhost", "::1"),
  named("a name with a private address", "collector.example.com", "10.1.2.3"),
  named("a name with a loopback address", "127.0.0.1.collector.example.com", "127.0.0.1"),
  named("a name with an IPv4-mapped address", "collector.example.com", "127.0.0.1", ["::ffff:127.0.0.1"]),
  named("a name with an IPv4-compatible address", "collector.example.com", "::7f00:1", ["::127.0.0.1"]),
  named("a name with a zone in its address", "collector.example.com", "fe80::1", ["fe80::1%lo"]),
  named("a name with a metadata address", "metadata.google.internal", "169.254.169.254"),
  named("a name with a NAT64 address", "collector.example.com", "64:ff9b::a00:1"),
  named("a name with several addresses", "collector.example.com", "127.0.0.1", ["10.0.0.1", "127.0.0.1", "fd00::1"]),
];

export function ssrfUrl({ authority }: SsrfForm, protocol: "http" | "https", port: number): string {
  const [before = "", after] = authority.split("PORT");
  return `${protocol}://${after === undefined ? `${before}:${port}` : `${before}${port}${after}`}`;
}

/** A resolver that always gives these addresses. */
export function lookupOf(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  return (_host, _options, callback) => void setImmediate(callback, null, answers);
}

/** Sends a request over HTTP/1.1. @returns why that failed, if it did. */
export async function tryHttp1(egress: Egress, url: string): Promise<unknown> {
  try {
    await post(url, { headers: {}, body: "", egress, timeoutMs: 2_000, maxAnswerBytes: 0 });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Sends a request over HTTP/2. @returns why its session failed, if it did. */
export function tryHttp2(egress: Egress, url: string): Promise<unknown> {
  return new Promise((resolve) => {
    const session = http2.connect(url, { createConnection: (authority) => egress.createConnection(authority) });
    session.once("error", resolve);
    session.once("close", () => resolve(undefined));
    const stream = session.request({ ":method": "POST", ":path": "/" });
    stream.on("error", () => {}); // the session tells why
    stream.once("close", () => session.destroy());
    stream.resume().end();
  });
}
