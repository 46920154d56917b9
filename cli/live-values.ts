import { type Command, InvalidArgumentError } from "commander";
import type { MeasuredValue } from "../shared/agent/measured-values.ts";
import type { LiveAnswer } from "../shared/diagnosis/live-answer.ts";
import { InvalidInput } from "../shared/errors.ts";

/** How long the server may take; a person waits, and stored values will do. */
const PATIENCE_MS = 1_000;

/** Gives a verb the option that `liveValues` reads. */
export function addServerOption(command: Command): Command {
  const about =
    "server's HTTP port, for values as they are now (with --local: port FLASHPOINT_HTTP_PORT of this machine, else 12800)";
  return command.option("--server <url>", about, serverUrl);
}

/**
 * Asks the server what agents measured of these services lately.
 * @returns undefined if the verb was not told of any server, or if there is nothing to ask.
 */
export async function liveValues(command: Command, serviceNames: Iterable<string>): Promise<LiveAnswer | undefined> {
  const server = await serverOf(command);
  const named = [...new Set(serviceNames)].filter((name) => name !== ""); // nothing is measured of a blank one
  if (server === undefined || named.length === 0) return undefined;
  const all: MeasuredValue[] = [];
  for (const serviceName of named) {
    const values = await askServer(server, serviceName);
    if (values === undefined) return { server, values: undefined };
    all.push(...values);
  }
  return { server, values: all };
}

/** Where the values that a verb shows are from. */
export function sourceText(live: LiveAnswer | undefined): string {
  if (live === undefined) return "as stored";
  const { server, values } = live;
  return values === undefined
    ? `as stored; the server at ${server} did not answer`
    : `live from ${server}, else as stored`;
}

/** The same as --json prints it: stored values beside a server mean that it did not answer. */
export function sourceJson(live: LiveAnswer | undefined): { values: "live" | "stored"; server: string | null } {
  return { values: live?.values === undefined ? "stored" : "live", server: live?.server ?? null };
}

async function serverOf(command: Command): Promise<string | undefined> {
  const { server, local } = command.optsWithGlobals<{ server?: string; local?: boolean }>();
  if (server !== undefined || !local) return server;
  const { loadConfig } = await import("../shared/config.ts");
  return `http://127.0.0.1:${loadConfig(process.env).httpPort}`;
}

/** @returns undefined if the server does not say it within a second. */
async function askServer(server: string, serviceName: string): Promise<MeasuredValue[] | undefined> {
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

const NOTHING = { protocol: "", username: "", password: "" };
const TEXTS = ["serviceName", "instanceName", "processName", "layer", "type", "uri", "at"];

function isMeasuredValue(json: unknown): json is MeasuredValue {
  const fields = (json ?? {}) as Record<string, unknown>;
  return typeof fields.value === "number" && TEXTS.every((name) => typeof fields[name] === "string");
}

function serverUrl(text: string): string {
  const { protocol, username, password } = URL.canParse(text) ? new URL(text) : NOTHING;
  // What commander refuses it repeats, and an @ may have a password before it.
  if (username !== "" || password !== "" || (!/^https?:$/.test(protocol) && text.includes("@")))
    throw new InvalidInput("--server", [
      {
        path: "",
        problem: "it takes an http or https address without a user's name and password (nothing before an @)",
      },
    ]);
  if (protocol !== "http:" && protocol !== "https:")
    throw new InvalidArgumentError("It takes an http or https address.");
  return text;
}
