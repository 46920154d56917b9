import { type ReadTemplate, templateOf } from "./stack.ts";

export const CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666";

/** The stack with the gRPC edge: as it is without more options, and with each of the edge's. */
export const edge = templateOf({ edge: true });
export const narrow = templateOf({
  edge: true,
  edgeCertificateArn: CERTIFICATE,
  edgeAllowedCidrs: "203.0.113.0/24,198.51.100.7/32",
  edgeMinTasks: 3,
  edgeMaxTasks: 7,
  edgeZones: 1,
  edgeCpu: 256,
  edgeMemory: 512,
  edgeMaxConnections: 4_000,
  prefix: "fp-2",
});

/** What the only resource of a type says; `start` is how its logical id begins. */
export const only = (template: ReadTemplate, type: string, start = "Edge") => template.resource(type, start).Properties;

export const getAtt = (logicalId: string, attribute: string) => ({ "Fn::GetAtt": [logicalId, attribute] });

const GROUP = "AWS::EC2::SecurityGroup";
export const balancerGroup = edge.resource(GROUP, "EdgeLoadBalancerGroup");
export const taskGroup = edge.resource(GROUP, "EdgeTaskGroup");
