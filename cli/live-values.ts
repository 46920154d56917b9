import { type Command, InvalidArgumentError } from "commander";
import type { MeasuredValue } from "../shared/agent/measured-values.ts";

/** How long the server may take; a person waits, and stored values will do. */
const PATIENCE_MS = 1_000;

/** Gives a verb the option that `serverOf` and `liveValues` read. */
export function addServerOption(command: Command): Command {
  const about = "server's HTTP port, for values as they are now (with --local: http://127.0.0.1:12800)";
  return command.option("--server <url>", about, serverUrl);
}

/** The server that a verb asks for live values; undefined if it was not told of any. */
export async function serverOf(command: Command): Promise<string | undefined> {
  const { server, local } = command.optsWithGlobals<{ server?: string; local?: boolean }>();
  if (server !== undefined || !local) return server;
  const { loadConfig } = await import("../shared/config.ts");
  return `http://127.0.0.1:${loadConfig(process.env).httpPort}`;
}

/** What agents measured of a service lately; undefined if no server is known or it does not say so within a second. */
export async function liveValues(command: Command, serviceName: string): Promise<MeasuredValue[] | undefined> {
  const server = await serverOf(command);
  if (server === undefined) return undefined;
  try {
    const url = new URL("measured", server.endsWith("/") ? server : `${server}/`);
    url.searchParams.set("service", serviceName);
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const values: unknown = answer.ok ? await answer.json() : undefined;
    return Array.isArray(values) && values.every(isMeasuredValue) ? values : undefined;
  } catch {
    return undefined;
  }
}

const TEXTS = ["serviceName", "instanceName", "processName", "layer", "type", "uri", "at"];

function isMeasuredValue(json: unknown): json is MeasuredValue {
  const fields = (json ?? {}) as Record<string, unknown>;
  return typeof fields.value === "number" && TEXTS.every((name) => typeof fields[name] === "string");
}

function serverUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : "";
  if (protocol !== "http:" && protocol !== "https:")
    throw new InvalidArgumentError("It takes an http or https address.");
  return text;
}
