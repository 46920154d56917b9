import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { judgeAddress } from "./address-rule.ts";
import { BLOCKED, BlockedAddress } from "./blocked-address.ts";
import type { Network } from "./network.ts";

/** Decides which addresses a connection may go to. */
export interface Gate {
  /** @returns why the address is not allowed, for a host by this name. */
  refusal(host: string, address: string): BlockedAddress | undefined;
  /** Resolves names as `lookup` does and answers only with addresses that are allowed. */
  readonly lookup: LookupFunction;
}

export function createGate(options: {
  networks: readonly Network[];
  /** Whether the connection is to speak TLS. */
  isSecure: boolean;
  lookup: LookupFunction;
}): Gate {
  const { networks, isSecure } = options;

  function refusal(host: string, address: string): BlockedAddress | undefined {
    const verdict = judgeAddress(address, networks);
    if (verdict.kind === "listed" || (verdict.kind === "public" && isSecure)) return undefined;
    const place = host === address ? `${host} is` : `${host} is at ${address},`;
    const problem =
      verdict.kind === "closed"
        ? `${verdict.why}; FLASHPOINT_COLLECTOR_NETWORKS can open it`
        : "a public address, which takes https; FLASHPOINT_COLLECTOR_NETWORKS can open it to http";
    return new BlockedAddress(`${BLOCKED}${place} ${problem}`);
  }

  return {
    refusal,
    lookup(host, lookupOptions, callback) {
      const fail = (error: Error): void => callback(error, "", 0);
      options.lookup(host, { ...lookupOptions, all: true }, (error, answer, family) => {
        if (error !== null) return fail(error);
        const answers: LookupAddress[] = Array.isArray(answer) ? answer : [{ address: answer, family: family ?? 0 }];
        const refusals = answers.map(({ address }) => refusal(host, address));
        const allowed = answers.filter((_, index) => refusals[index] === undefined);
        const [first] = allowed;
        if (first === undefined) return fail(refusals[0] ?? new Error(`${host} has no address`));
        if (lookupOptions.all) callback(null, allowed);
        else callback(null, first.address, first.family);
      });
    },
  };
}
