import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { judgeAddress } from "../../shared/egress/address-rule.ts";
import { BlockedAddress } from "../../shared/egress/blocked-address.ts";
import { createEgress, type Egress, type EgressOptions } from "../../shared/egress/egress.ts";
import { readNetwork } from "../../shared/egress/network.ts";
import { lookupOf, SSRF_FORMS, type SsrfForm, ssrfUrl, tryHttp1, tryHttp2 } from "../support/ssrf-forms.ts";

/** Accepts on 127.0.0.1 and ::1 under one port, counts, and hangs up. */
const servers: Server[] = [];
let port = 0;
let connections = 0;

beforeAll(async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    const server = createServer((socket) => {
      connections += 1;
      socket.on("error", () => {}).destroy();
    });
    server.listen(port, host);
    await once(server, "listening");
    const address = server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
    servers.push(server);
  }
});
afterAll(() => {
  for (const server of servers) server.close();
});
beforeEach(() => {
  connections = 0;
});

const WAYS = [
  ["https", "HTTP/1.1", tryHttp1],
  ["http", "HTTP/1.1", tryHttp1],
  ["https", "HTTP/2", tryHttp2],
  ["http", "HTTP/2", tryHttp2],
] as const;

async function withEgress<T>(form: SsrfForm, networks: string[], work: (egress: Egress) => Promise<T>): Promise<T> {
  const options: EgressOptions = { networks, ...(form.resolvesTo && { lookup: lookupOf(form.resolvesTo) }) };
  const egress = createEgress(options);
  try {
    return await work(egress);
  } finally {
    egress.close();
  }
}

const networkOf = ({ address }: SsrfForm): string => `${address}/${address.includes(":") ? 128 : 32}`;
/** What is open beside the one address that must not be. */
const OTHER_NETWORKS = ["10.200.0.0/16", "fd99::/16", "127.77.0.0/16"];

describe.each(WAYS)("over %s and %s", (protocol, _, connect) => {
  test.each(SSRF_FORMS)("$form ($authority) is refused before a connection", async (form) => {
    const error = await withEgress(form, OTHER_NETWORKS, (egress) => connect(egress, ssrfUrl(form, protocol, port)));
    expect(error).toBeInstanceOf(BlockedAddress);
    expect(error).toMatchObject({ message: expect.stringMatching(/^blocked: .*FLASHPOINT_COLLECTOR_NETWORKS/) });
    expect(connections).toBe(0);
  });

  const served = SSRF_FORMS.filter(({ address }) => address === "127.0.0.1" || address === "::1");
  test.each(served)("$form ($authority) is reached once its one address is opened", async (form) => {
    const url = ssrfUrl(form, protocol, port);
    expect(await withEgress(form, [networkOf(form)], (egress) => connect(egress, url))).not.toBeInstanceOf(
      BlockedAddress,
    );
    expect(connections).toBe(1);
  });
});

test.each(SSRF_FORMS)("$form means $address: its network opens it, and no other does", ({ address }) => {
  const networks = (...texts: string[]) =>
    texts.map((text) => {
      const read = readNetwork(text);
      if ("problem" in read) throw new Error(read.problem);
      return read.network;
    });
  const own = networks(`${address}/${address.includes(":") ? 128 : 32}`);
  expect(judgeAddress(address, own)).toEqual({ kind: "listed" });
  expect(judgeAddress(address, networks(...OTHER_NETWORKS)).kind).toBe("closed");
});
