import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import net, { type LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import type { BlockedAddress } from "./blocked-address.ts";
import { createGate, type Gate } from "./gate.ts";
import { readNetwork } from "./network.ts";
import { sharedLookup } from "./shared-lookup.ts";
import { watchConnecting } from "./watch-connecting.ts";

/** How long resolving a name, connecting and shaking hands for TLS may take together. */
export const CONNECT_TIMEOUT_MS = 3_000;
/** After how much silence the next of a host's addresses is tried as well (RFC 8305 §5). */
const NEXT_ADDRESS_MS = 500;
/** The system's resolver, hosts file and all; one for the process, whose threads it shares out. */
const systemLookup = sharedLookup(dns.lookup as LookupFunction, { timeoutMs: CONNECT_TIMEOUT_MS });
/**
 * Connections that are kept for the next delivery. They close after less silence than servers usually bear (5 s in
 * Node's own), so few are found closed. Their address was judged when they were opened, and cannot change since.
 */
const POOL: http.AgentOptions = {
  keepAlive: true,
  timeout: 4_000,
  maxSockets: 32,
  maxTotalSockets: 256,
  maxFreeSockets: 32,
};

/** The way out to collectors: opens connections to allowed addresses only. */
export interface Egress {
  /** For requests over HTTP/1.1 to this address. */
  agent(url: string): http.Agent;
  /** For `http2.connect`: opens the connection of a session. */
  createConnection(authority: URL): Duplex;
  /** Closes what is kept open for the next delivery. */
  close(): void;
}

export interface EgressOptions {
  /** CIDR blocks that are allowed beside the public addresses, also without TLS. */
  networks: readonly string[];
  /** Resolves names, once for each connection. */
  lookup?: LookupFunction;
  connectTimeoutMs?: number;
  /** Certificates to trust in place of Node's own, in PEM. */
  ca?: string;
}

/**
 * A connection goes to the very addresses that were judged: a name is resolved once, by the lookup that judges. A
 * refused one fails with BlockedAddress. Neither proxies of the environment nor Unix sockets are used.
 */
export function createEgress(options: EgressOptions): Egress {
  const { lookup = systemLookup, connectTimeoutMs = CONNECT_TIMEOUT_MS, ca } = options;
  const networks = options.networks.map((text) => {
    const read = readNetwork(text);
    if ("problem" in read) throw new Error(read.problem);
    return read.network;
  });
  const gates = {
    cleartext: createGate({ networks, isSecure: false, lookup }),
    tls: createGate({ networks, isSecure: true, lookup }),
  };
  const trust = { rejectUnauthorized: true, ...(ca !== undefined && { ca }) };
  const sessions = new Set<net.Socket>();

  /** Opens a connection with `open`, unless its host is an address and a refused one: that never reaches a lookup. */
  function connect(
    { gate, host, isSession = false }: { gate: Gate; host: string; isSession?: boolean },
    open: (target: { host: string; lookup: LookupFunction }) => net.Socket,
  ): net.Socket {
    const name = host.replace(/^\[(.*)\]$/, "$1");
    const blocked = net.isIP(name) === 0 ? undefined : gate.refusal(name, name);
    const socket = blocked === undefined ? open({ host: name, lookup: gate.lookup }) : failing(blocked);
    const refusal = (address: string) => gate.refusal(name, address);
    watchConnecting(socket, { timeoutMs: connectTimeoutMs, refusal, isSession });
    return socket;
  }

  const cleartextAgent = new http.Agent(POOL);
  cleartextAgent.createConnection = (asked) =>
    connect({ gate: gates.cleartext, host: hostOf(asked) }, (target) =>
      net.connect({ ...asked, ...target, ...DIRECT, port: Number(asked.port ?? 80) }),
    );
  const tlsAgent = new https.Agent({ ...POOL, ...trust });
  const openTls = https.Agent.prototype.createConnection.bind(tlsAgent); // resumes TLS sessions
  tlsAgent.createConnection = (asked) =>
    connect(
      { gate: gates.tls, host: hostOf(asked) },
      (target) => openTls({ ...asked, ...target, ...DIRECT, ...nameFor(target.host), ...trust }) as tls.TLSSocket,
    );

  return {
    agent: (url) => (new URL(url).protocol === "https:" ? tlsAgent : cleartextAgent),
    createConnection({ protocol, hostname, port }) {
      const isSecure = protocol === "https:";
      const gate = isSecure ? gates.tls : gates.cleartext;
      const socket = connect({ gate, host: hostname, isSession: true }, (target) =>
        isSecure
          ? tls.connect({
              ...target,
              ...DIRECT,
              ...nameFor(target.host),
              ...trust,
              port: Number(port || 443),
              ALPNProtocols: ["h2"],
            })
          : net.connect({ ...target, ...DIRECT, port: Number(port || 80) }),
      );
      socket.on("error", () => {}); // a session that has ended listens no more
      sessions.add(socket);
      socket.once("close", () => sessions.delete(socket));
      return socket;
    },
    close() {
      cleartextAgent.destroy();
      tlsAgent.destroy();
      for (const socket of sessions) socket.destroy();
    },
  };
}

/** Straight to the host over TCP, whatever a request asks for. */
const DIRECT = {
  path: undefined,
  socketPath: undefined,
  socket: undefined,
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
} as const;

function hostOf({
  host,
  hostname,
}: {
  host?: string | null | undefined;
  hostname?: string | null | undefined;
}): string {
  return host || hostname || "localhost";
}

/** SNI names hosts, never addresses, and has no dot at the end (RFC 6066 §3). */
function nameFor(host: string): { servername: string } {
  return { servername: net.isIP(host) === 0 ? host.replace(/\.$/, "") : "" };
}

/** A connection that does not come about. */
function failing(error: BlockedAddress): net.Socket {
  return net.connect({
    host: "refused.invalid", // RFC 6761 §6.4
    port: 1,
    lookup: (_host, _options, callback) => callback(error, "", 0),
  });
}
