import { describe, expect, it } from "vitest";
import { type Caller, createOperatorCheck, isLocalOperator } from "../../server/operators.ts";

const caller = (changes: Partial<Omit<Caller, "header">> & { headers?: Record<string, string> } = {}): Caller => {
  const { headers = {}, ...rest } = changes;
  return { address: "127.0.0.1", host: "127.0.0.1:12800", header: (name) => headers[name], ...rest };
};

describe("without networks, operators are on this machine", () => {
  it.each(["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])("%s is", (address) => {
    expect(isLocalOperator(caller({ address }))).toBe(true);
  });

  it.each([
    "10.0.0.1",
    "192.168.0.1",
    "8.8.8.8",
    "::ffff:10.0.0.1",
    "fd00::1",
    "fe80::1%eth0",
    "::",
    "0.0.0.0",
    "",
    undefined,
  ])("%s is not", (address) => {
    expect(isLocalOperator(caller({ address }))).toBe(false);
  });

  it.each(["localhost", "LOCALHOST:12800", "127.0.0.1", "[::1]:12800", "10.0.0.1:80", "", undefined])(
    "and may call it %s",
    (host) => {
      expect(isLocalOperator(caller({ host }))).toBe(true);
    },
  );

  it.each([
    "evil.example",
    "evil.example:12800",
    "localhost.evil.example",
    "evil.localhost",
    "127.0.0.1.nip.io",
    "[::1].evil",
    "a b",
  ])("but not %s, which anybody can have lead here", (host) => {
    expect(isLocalOperator(caller({ host }))).toBe(false);
  });

  it.each(["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"])(
    "nor through a proxy, which says so by %s",
    (name) => {
      expect(isLocalOperator(caller({ headers: { [name]: "127.0.0.1" } }))).toBe(false);
      expect(isLocalOperator(caller({ headers: { [name]: "" } }))).toBe(false);
    },
  );
});

describe("with networks", () => {
  const isOperator = createOperatorCheck(["10.1.0.0/16", "fd01::/16", "192.168.1.7/32"]);

  it.each(["10.1.2.3", "::ffff:10.1.2.3", "fd01::7", "192.168.1.7", "127.0.0.1"])("%s is an operator's", (address) => {
    expect(isOperator(caller({ address }))).toBe(true);
  });

  it.each(["10.2.0.1", "::ffff:10.2.0.1", "fd02::1", "192.168.1.8"])("%s is not", (address) => {
    expect(isOperator(caller({ address }))).toBe(false);
  });

  it("whoever is in them may be a proxy, and call the server what it likes", () => {
    const headers = { "x-forwarded-for": "8.8.8.8" };
    expect(isOperator(caller({ address: "10.1.2.3", host: "flashpoint.internal", headers }))).toBe(true);
    expect(isOperator(caller({ address: "127.0.0.1", headers }))).toBe(false);
  });

  it("a proxy on this machine is let in if the setting names it", () => {
    const named = createOperatorCheck(["127.0.0.1/32"]);
    expect(named(caller({ host: "any.example", headers: { forwarded: "for=8.8.8.8" } }))).toBe(true);
  });
});
