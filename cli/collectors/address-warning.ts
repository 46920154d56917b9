import dns from "node:dns";
import net from "node:net";
import { createGate } from "../../shared/egress/gate.ts";
import { readNetwork } from "../../shared/egress/network.ts";

/**
 * Why deliveries to this address would be refused, as far as is known here: nothing is known of names.
 * @param networks as FLASHPOINT_COLLECTOR_NETWORKS lists them here; that of the servers may be another.
 */
export function addressWarning(url: string, networks: readonly string[]): string | undefined {
  const { protocol, hostname } = new URL(url);
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  if (net.isIP(address) === 0) return undefined;
  const gate = createGate({
    networks: networks.map(readNetwork).flatMap((read) => ("network" in read ? [read.network] : [])),
    isSecure: protocol === "https:",
    lookup: dns.lookup as net.LookupFunction,
  });
  const refusal = gate.refusal(address, address);
  return refusal && `deliveries would be refused from here: ${refusal.message}, where the servers run`;
}
