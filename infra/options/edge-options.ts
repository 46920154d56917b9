import { isIP } from "node:net";
import type { Context } from "./context.ts";
import { CERTIFICATE_ARN } from "./forms.ts";

export interface EdgeOptions {
  /** undefined: a parameter of the stack, to be given when it is deployed. */
  readonly certificateArn: string | undefined;
  /** IPv4 CIDR blocks. */
  readonly allowedCidrs: readonly string[];
  readonly minTasks: number;
  readonly maxTasks: number;
}

/** What the edge takes; every fault goes to the context. */
export function readEdgeOptions({ fault, list, textOf, integer }: Context): EdgeOptions {
  const edge: EdgeOptions = {
    certificateArn: textOf("edgeCertificateArn", CERTIFICATE_ARN, "the ARN of an ACM certificate") || undefined,
    allowedCidrs: list("edgeAllowedCidrs"),
    minTasks: integer("edgeMinTasks", 1, 100),
    maxTasks: integer("edgeMaxTasks", 1, 100),
  };
  for (const cidr of edge.allowedCidrs.filter((cidr) => !isIpv4Block(cidr))) {
    fault("edgeAllowedCidrs", `holds "${cidr}"; it takes IPv4 blocks with commas between, as 203.0.113.0/24`);
  }
  if (edge.allowedCidrs.length === 0)
    fault("edgeAllowedCidrs", "names nobody; leave it out to let agents in from anywhere");
  if (edge.minTasks > edge.maxTasks) fault("edgeMaxTasks", `is ${edge.maxTasks}, less than edgeMinTasks`);
  return edge;
}

/** The edge's network has no IPv6. */
function isIpv4Block(cidr: string): boolean {
  const [address = "", bits = "", ...rest] = cidr.split("/");
  return isIP(address) === 4 && /^\d{1,2}$/.test(bits) && Number(bits) <= 32 && rest.length === 0;
}
