/** Where hostile calls go: the ports and protocols of the server, and the Lambda handler. */
export const HOSTS = [
  "native gRPC",
  "Connect",
  "Connect JSON",
  "gRPC-web",
  "gRPC-web text",
  "HTTP",
  "Lambda, Connect",
  "Lambda, gRPC-web",
] as const;
export type Host = (typeof HOSTS)[number];

/** What a case finds. */
export interface Doors {
  readonly grpcPort: number;
  readonly httpPort: number;
  /** A Function URL as Lambda's handler sees it. */
  readonly lambda: typeof fetch;
  /** The same two ports with limits that a test can wait for, and with few connections. */
  readonly impatient: { readonly grpcPort: number; readonly httpPort: number };
  /** Of each impatient port. */
  readonly mostConnections: number;
}

/**
 * One thing that somebody may send who means no good. Answers are the code of the call, `ok` if it is served as any
 * other; where there is no code, the status of HTTP; `reset` if the call, and `closed` if the connection is cut.
 */
export interface HostileCase {
  readonly name: string;
  /** By hand, from what the docs promise; a host that is left out has no such case. */
  readonly answers: Partial<Record<Host, string>>;
  /** Sends it. @returns what it was answered with. */
  send(host: Host, doors: Doors): Promise<string>;
}

/** Cases of one kind, with a sentence of what they have in common. */
export interface HostileGroup {
  readonly title: string;
  readonly cases: readonly HostileCase[];
}

export const GRPC = ["native gRPC"] as const;
export const CONNECT = ["Connect", "Lambda, Connect"] as const;
export const GRPC_WEB = ["gRPC-web", "gRPC-web text", "Lambda, gRPC-web"] as const;
/** Every host that takes protobuf. */
export const PROTO = [...GRPC, ...CONNECT, ...GRPC_WEB] as const;
/** Every host that takes calls. */
export const CALLS = [...PROTO, "Connect JSON"] as const;

/** The same answer on several hosts. */
export function on(hosts: readonly Host[], answer: string): Partial<Record<Host, string>> {
  return Object.fromEntries(hosts.map((host) => [host, answer]));
}
