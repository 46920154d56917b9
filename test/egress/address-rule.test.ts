import { BlockList } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeAddress } from "../../shared/egress/address-rule.ts";
import { type Network, readNetwork } from "../../shared/egress/network.ts";

/** IANA's IPv4 Special-Purpose Address Registry, all that is not globally reachable, multicast and class E. */
const NOT_PUBLIC_IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** IANA's IPv6 Special-Purpose Address Registry, likewise; all outside 2000::/3 is beside it. */
const NOT_PUBLIC_IPV6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3ffe::", 16],
  ["3fff::", 20],
];
const notPublic = new BlockList();
for (const [address, prefix] of NOT_PUBLIC_IPV4) notPublic.addSubnet(address, prefix, "ipv4");
for (const [address, prefix] of NOT_PUBLIC_IPV6) notPublic.addSubnet(address, prefix, "ipv6");

const network = (text: string): Network => {
  const read = readNetwork(text);
  if ("problem" in read) throw new Error(read.problem);
  return read.network;
};
const kindOf = (address: string, ...networks: string[]) => judgeAddress(address, networks.map(network)).kind;

const numberOf = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
const hex = (value: number): string => `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;

const anyIpv4 = fc.integer({ min: 0, max: 0xffff_ffff });
/** One out of a block that nobody outside may reach. */
const closedIpv4 = fc
  .tuple(fc.constantFrom(...NOT_PUBLIC_IPV4), anyIpv4)
  .map(([[first, prefix], value]) => numberOf(first) + (value % 2 ** (32 - prefix)));

/** Every way to put IPv4 into IPv6 that stands in an RFC. */
const CARRIERS: readonly [string, (value: number) => string][] = [
  ["IPv4-compatible", (value) => `::${hex(value)}`],
  ["IPv4-compatible, dotted", (value) => `::${dotted(value)}`],
  ["IPv4-translated", (value) => `::ffff:0:${hex(value)}`],
  ["NAT64", (value) => `64:ff9b::${hex(value)}`],
  ["NAT64, dotted", (value) => `64:ff9b::${dotted(value)}`],
  ["local NAT64", (value) => `64:ff9b:1::${hex(value)}`],
  ["6to4", (value) => `2002:${hex(value)}::1`],
  ["Teredo's server", (value) => `2001:0:${hex(value)}:0:1:2:3`],
  ["Teredo's client", (value) => `2001:0:4136:e378:8000:63bf:${hex(~value >>> 0)}`],
  ["ISATAP", (value) => `2600:1f18::5efe:${hex(value)}`],
  ["ISATAP of a public address", (value) => `2600:1f18::200:5efe:${hex(value)}`],
];

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "93.184.215.14",
  "172.32.0.1",
  "100.63.255.255",
  "100.128.0.0",
  "198.20.0.0",
  "223.255.255.255",
])("%s is public", (address) => {
  expect(kindOf(address)).toBe("public");
  expect(kindOf(`::ffff:${address}`)).toBe("public");
});

test.each(["2600:1f18::1", "2a00:1450:4001:80b::200e", "2606:4700:4700::1111", "2003::1"])(
  "%s is public",
  (address) => {
    expect(kindOf(address)).toBe("public");
  },
);

test.each([
  "",
  "localhost",
  "127.1",
  "0177.0.0.1",
  "0x7f.0.0.1",
  "8.8.8",
  "134744072",
  "8.8.8.8/32",
  "[2600::1]",
  "::ffff:0x8.8.8.8",
])("%j is no address, and closed", (text) => {
  expect(judgeAddress(text, [network("0.0.0.0/0"), network("::/0")])).toEqual({
    kind: "closed",
    why: "no IP address",
  });
});

describe("whatever the address,", () => {
  test("IPv4 out of a closed block is closed, and so is its IPv4-mapped form", () => {
    fc.assert(
      fc.property(closedIpv4, (value) => {
        for (const form of [
          dotted(value),
          `::ffff:${dotted(value)}`,
          `::FFFF:${hex(value)}`,
          `0:0:0:0:0:ffff:${hex(value)}`,
        ]) {
          expect(judgeAddress(form, []), form).toMatchObject({ kind: "closed" });
        }
      }),
    );
  });

  test.each(CARRIERS)("IPv6 that carries IPv4 is closed, private or not: %s", (_, carry) => {
    fc.assert(
      fc.property(fc.oneof(closedIpv4, anyIpv4), (value) => {
        expect(judgeAddress(carry(value), []), carry(value)).toMatchObject({ kind: "closed" });
      }),
    );
  });

  test.each(CARRIERS)("an open IPv4 network does not open IPv6 that carries it: %s", (_, carry) => {
    fc.assert(
      fc.property(closedIpv4, (value) => {
        expect(kindOf(carry(value), "0.0.0.0/0")).toBe("closed");
      }),
    );
  });

  test("IPv4 is public only if no registry says otherwise", () => {
    fc.assert(
      fc.property(anyIpv4, (value) => {
        if (kindOf(dotted(value)) === "public")
          expect(notPublic.check(dotted(value), "ipv4"), dotted(value)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test("IPv6 is public only from 2000::/3, and if no registry says otherwise", () => {
    const part = fc.integer({ min: 0, max: 0xffff });
    const first = fc.oneof(
      part,
      fc.constantFrom(0, 0x64, 0x100, 0x2001, 0x2002, 0x3ffe, 0x3fff, 0xfe80, 0xfec0, 0xfc00),
    );
    const second = fc.oneof(part, fc.constantFrom(0, 2, 3, 4, 0x10, 0x20, 0xdb8, 0xff9b));
    fc.assert(
      fc.property(first, second, fc.array(part, { minLength: 6, maxLength: 6 }), (one, two, rest) => {
        const address = [one, two, ...rest].map((value) => value.toString(16)).join(":");
        if (kindOf(address) !== "public") return;
        expect(one >>> 13, address).toBe(1);
        expect(notPublic.check(address, "ipv6"), address).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a network opens what its prefix covers, and nothing else that is closed", () => {
    fc.assert(
      fc.property(closedIpv4, closedIpv4, fc.integer({ min: 0, max: 32 }), (base, value, prefix) => {
        const size = 2 ** (32 - prefix);
        const first = Math.floor(base / size) * size;
        const isCovered = value >= first && value < first + size;
        expect(kindOf(dotted(value), `${dotted(first)}/${prefix}`)).toBe(isCovered ? "listed" : "closed");
        expect(kindOf(`::ffff:${hex(value)}`, `${dotted(first)}/${prefix}`)).toBe(isCovered ? "listed" : "closed");
      }),
    );
  });
});

test.each([
  ["fd00:1::5", "fd00:1::/32", "listed"],
  ["fd00:2::5", "fd00:1::/32", "closed"],
  ["fe80::1%eth0", "fe80::/64", "listed"],
  ["::1", "::1/128", "listed"],
  ["::2", "::1/128", "closed"],
  ["::127.0.0.1", "127.0.0.0/8", "closed"],
  ["::ffff:127.0.0.1", "::/0", "closed"],
  ["64:ff9b::a00:1", "64:ff9b::/96", "listed"],
  ["8.8.8.8", "8.8.8.0/24", "listed"],
])("%s is, where %s is open, %s", (address, text, kind) => {
  expect(kindOf(address, text)).toBe(kind);
});
