import { type CallOptions, ConnectError } from "@connectrpc/connect";
import { blockedAddressIn } from "../../egress/blocked-address.ts";
import { connectionErrorText } from "../../egress/connection-error-text.ts";
import { outcomeOfCode } from "../code-outcome.ts";
import type { CollectorBase } from "../collector-base.ts";
import { secretsOfHeaders } from "../header-secrets.ts";
import { EVIDENCE_BYTES, type Outcome } from "../outcome.ts";
import { withoutSecrets } from "../without-secrets.ts";

/**
 * Calls a collector once, with its own headers and within its bound of time.
 * @param own headers of its kind, which go before those that the collector has.
 * @param secrets what went along that may not be shown, the collector's own headers aside.
 */
export async function callCollector(
  collector: Pick<CollectorBase, "headers" | "timeoutSeconds">,
  { own = {}, secrets = [] }: { own?: Readonly<Record<string, string>>; secrets?: readonly string[] },
  call: (options: CallOptions) => Promise<Outcome>,
): Promise<Outcome> {
  try {
    const headers = new Headers({ "user-agent": "flashpoint" });
    for (const [name, value] of Object.entries({ ...collector.headers, ...own })) headers.set(name, value);
    return await call({ headers, timeoutMs: Math.ceil(collector.timeoutSeconds * 1_000) });
  } catch (error) {
    const failure = ConnectError.from(error);
    return outcomeOfCode(failure, reasonOf(failure, [...secrets, ...secretsOfHeaders(collector.headers)]), Date.now());
  }
}

/** For instance `[invalid_argument] label value too long`. */
function reasonOf(failure: ConnectError, secrets: readonly string[]): string {
  const bytes = new TextEncoder().encode(withoutSecrets(textOf(failure), secrets));
  return new TextDecoder().decode(bytes.subarray(0, EVIDENCE_BYTES), { stream: true });
}

function textOf(failure: ConnectError): string {
  if (failure.cause === undefined) return failure.message; // the collector's own
  const text = connectionErrorText(failure);
  return blockedAddressIn(failure) === undefined ? new ConnectError(text, failure.code).message : text;
}
