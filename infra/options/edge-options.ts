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
  readonly zones: number;
  /** Of a task, in 1024ths of a processor. */
  readonly cpu: number;
  /** Of a task, in MiB. */
  readonly memory: number;
  /** Of a task. */
  readonly maxConnections: number;
}

/**
 * Memory that Fargate has for each processor, in MiB: "Task CPU and memory" in the Amazon ECS Developer Guide. A whole
 * processor is the most that is of use, as JavaScript runs on one.
 */
const MEMORY: Readonly<Record<string, readonly number[]>> = {
  256: [512, 1_024, 2_048],
  512: [1_024, 2_048, 3_072, 4_096],
  1024: [2_048, 3_072, 4_096, 5_120, 6_144, 7_168, 8_192],
};

/** What the server takes by itself, and for each connection, in MiB. */
const SERVER_MIB = 200;
const CONNECTION_MIB = 40 / 1_024;

/** How many connections fit into so many MiB, to the thousand. */
function connectionsIn(memory: number): number {
  return Math.floor((memory - SERVER_MIB) / CONNECTION_MIB / 1_000) * 1_000;
}

/** What the edge takes; every fault goes to the context. */
export function readEdgeOptions({ fault, text, list, textOf, oneOf, integer }: Context): EdgeOptions {
  const edge: EdgeOptions = {
    certificateArn: textOf("edgeCertificateArn", CERTIFICATE_ARN, "the ARN of an ACM certificate") || undefined,
    allowedCidrs: list("edgeAllowedCidrs"),
    minTasks: integer("edgeMinTasks", 1, 100),
    maxTasks: integer("edgeMaxTasks", 1, 100),
    zones: integer("edgeZones", 1, 2),
    cpu: Number(oneOf("edgeCpu", ["256", "512", "1024"])),
    memory: Number(text("edgeMemory")),
    maxConnections: integer("edgeMaxConnections", 1, 60_000), // the most files that a task may have open is 65,535
  };
  const memory = MEMORY[text("edgeCpu")] ?? []; // what is none of them has its own fault
  if (memory.length > 0 && !memory.map(String).includes(text("edgeMemory"))) {
    const takes = `with edgeCpu=${edge.cpu} it takes one of ${memory.join(", ")}`;
    fault("edgeMemory", `is "${text("edgeMemory")}"; ${takes}`);
  } else if (edge.maxConnections > connectionsIn(edge.memory)) {
    const most = connectionsIn(edge.memory).toLocaleString("en");
    fault("edgeMaxConnections", `is ${edge.maxConnections}; edgeMemory=${edge.memory} has room for ${most}`);
  }
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
