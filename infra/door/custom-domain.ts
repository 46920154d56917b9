import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { FunctionUrlOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import type { FunctionUrl } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import type { CustomDomain } from "../options/read-options.ts";

/** CloudFront with a domain of one's own in front of the agents' address. It keeps nothing: every call goes through. */
export function createCustomDomain(
  scope: Construct,
  { name, certificateArn }: CustomDomain,
  url: FunctionUrl,
): Distribution {
  const distribution = new Distribution(scope, "CustomDomain", {
    comment: `Flashpoint's agents at ${name}`,
    domainNames: [name],
    certificate: Certificate.fromCertificateArn(scope, "CustomDomainCertificate", certificateArn),
    minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    httpVersion: HttpVersion.HTTP2_AND_3,
    priceClass: PriceClass.PRICE_CLASS_ALL,
    defaultBehavior: {
      origin: new FunctionUrlOrigin(url),
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      // The address answers only under its own host name; everything else, tokens among it, passes.
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      compress: false, // answers are small and, in gRPC-web, framed
    },
  });
  acknowledge(
    distribution,
    "AwsSolutions-CFR1",
    "Agents may be anywhere; where calls come from proves nothing of them.",
  );
  acknowledge(
    distribution,
    "AwsSolutions-CFR2",
    "Calls without a token are turned away by the function; a firewall would cost more for each call than the call.",
  );
  acknowledge(
    distribution,
    "AwsSolutions-CFR3",
    "A line for each poll, 260 million a month from 1,000 agents, would cost more than the polls; the metrics count them.",
  );
  return distribution;
}
