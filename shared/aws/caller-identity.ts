import type { SQSClient } from "@aws-sdk/client-sqs";
import { partition } from "@aws-sdk/core/client";
import { Sha256 } from "@smithy/core/checksum";
import { resolveEndpointConfig } from "@smithy/core/endpoints";
import { SignatureV4 } from "@smithy/signature-v4";

/** Who AWS takes us for. */
export interface CallerIdentity {
  readonly account: string;
  readonly arn: string;
}

/** STS does not take the credentials. */
export class RefusedCredentials extends Error {
  override readonly name = "RefusedCredentials";
  /** AWS's own code, for instance ExpiredToken. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const BODY = "Action=GetCallerIdentity&Version=2011-06-15";
const PATIENCE_MS = 3_000;

/**
 * Asks STS who we are, which takes no permission (AWS STS API, GetCallerIdentity). The SDK's client for STS would be one more
 * to ship for this one question.
 * @param identity the configuration of another of the SDK's clients, which knows region and credentials.
 * @throws RefusedCredentials if AWS does not take them; anything else if STS cannot be asked.
 */
export async function askCallerIdentity(
  identity: Pick<SQSClient["config"], "region" | "credentials" | "systemClockOffset">,
): Promise<CallerIdentity> {
  const region = await identity.region();
  const url = await stsAddress(region);
  const signer = new SignatureV4({ service: "sts", region, credentials: () => identity.credentials(), sha256: Sha256 });
  const { headers } = await signer.sign(
    {
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host, "content-type": "application/x-www-form-urlencoded" },
      body: BODY,
      query: {},
    },
    { signingDate: new Date(Date.now() + identity.systemClockOffset) },
  );
  const { host: _, ...sent } = headers;
  const answer = await fetch(url, {
    method: "POST",
    headers: sent,
    body: BODY,
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const xml = (await answer.text()).slice(0, 16_384);
  const said = (element: string): string => new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? "";
  if (answer.ok && said("Arn") !== "") return { account: said("Account"), arn: said("Arn") };
  if (answer.status >= 400 && answer.status < 500)
    throw new RefusedCredentials(said("Code") || `HTTP ${answer.status}`, said("Message"));
  throw new Error(`what answers as STS says nothing of it (${answer.status})`);
}

/** AWS_ENDPOINT_URL_STS or what else the SDK's settings say, or AWS's own in the region. */
async function stsAddress(region: string): Promise<URL> {
  const unused = (): never => {
    throw new Error("only the configured endpoint is asked for");
  };
  const { serviceConfiguredEndpoint } = resolveEndpointConfig({
    serviceId: "STS",
    urlParser: unused,
    endpointProvider: unused,
  });
  const configured = await serviceConfiguredEndpoint?.();
  return new URL(configured ?? `https://sts.${region}.${partition(region).dnsSuffix}/`);
}
