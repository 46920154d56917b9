import { partition } from "@aws-sdk/core/client";
import { resolveEndpointConfig } from "@smithy/core/endpoints";

/** What the SDK's clients know of where they are. */
export interface Place {
  region(): Promise<string>;
  useFipsEndpoint(): Promise<boolean | undefined>;
  useDualstackEndpoint(): Promise<boolean | undefined>;
}

/**
 * Where S3 is for requests with the bucket in their path: `given`, or what AWS_ENDPOINT_URL_S3 and the SDK's other
 * settings say, or AWS's own in the region.
 */
export async function s3Address(given: string | undefined, place: Place): Promise<URL> {
  const configured = given ?? (await configuredEndpoint());
  if (configured !== undefined) return new URL(configured);
  const [region, fips, dualstack] = await Promise.all([
    place.region(),
    place.useFipsEndpoint(),
    place.useDualstackEndpoint(),
  ]);
  const service = `s3${fips ? "-fips" : ""}${dualstack ? ".dualstack" : ""}`;
  return new URL(`https://${service}.${region}.${partition(region).dnsSuffix}`);
}

/** As the SDK's own client for S3 would find it. */
async function configuredEndpoint(): Promise<string | undefined> {
  const { serviceConfiguredEndpoint } = resolveEndpointConfig({ serviceId: "S3", urlParser, endpointProvider });
  return serviceConfiguredEndpoint?.();
}

const urlParser = (): never => unused();
const endpointProvider = (): never => unused();
function unused(): never {
  throw new Error("only the configured endpoint is asked for");
}
