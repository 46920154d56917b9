import type { Command } from "commander";
import type { Stores } from "../stores.ts";
import type { Door, DoorAnswer, PollEnd } from "./door.ts";

/**
 * The ways in for agents, as far as they are known: with --local those of this machine's server, of a deployed stack those
 * that its outputs name, and in any case the one that --server names. None for tables that no stack made.
 */
export function doorsOf(command: Command, { config, deployed }: Pick<Stores, "config" | "deployed">): Door[] {
  const { local = false, server } = command.optsWithGlobals<{ local?: boolean; server?: string }>();
  const here = { isLocal: local, hasReadiness: true };
  if (local) {
    const http = server ?? `http://127.0.0.1:${config.httpPort}`;
    const isSecure = config.tls !== undefined;
    return [httpDoor(http, here), { ...here, kind: "gRPC", address: `127.0.0.1:${config.grpcPort}`, isSecure }];
  }
  const agentUrl = deployed?.outputs.get("AgentUrl");
  const edge = deployed?.outputs.get("EdgeAddress");
  const away = { isLocal: false, hasReadiness: false };
  return [
    ...(server === undefined ? [] : [httpDoor(server, { ...away, hasReadiness: true })]),
    ...(agentUrl === undefined ? [] : [httpDoor(agentUrl, away)]),
    ...(edge === undefined ? [] : [{ ...away, kind: "gRPC" as const, address: edge, isSecure: true }]),
  ];
}

/** Asks a door, in its own way. */
export async function askDoor(door: Door): Promise<DoorAnswer> {
  if (door.kind === "HTTP") return (await import("./ask-http.ts")).askHttp(door);
  return (await import("./ask-grpc.ts")).askGrpc(door);
}

/** Polls with a token, for no service. */
export async function pollDoor(door: Door, token: string): Promise<PollEnd> {
  if (door.kind === "HTTP") return (await import("./ask-http.ts")).pollOverHttp(door, token);
  return (await import("./ask-grpc.ts")).pollOverGrpc(door, token);
}

function httpDoor(address: string, more: Pick<Door, "isLocal" | "hasReadiness">): Door {
  return { ...more, kind: "HTTP", address, isSecure: address.startsWith("https:") };
}
