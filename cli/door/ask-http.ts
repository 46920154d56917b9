import { connectionErrorText } from "../../shared/egress/connection-error-text.ts";
import { type ClockReading, DOOR_PATIENCE_MS, type Door, type DoorAnswer, POLL_PATH, type PollEnd } from "./door.ts";

/** Most of an answer that is read; what is larger is not ours. */
const MAX_ANSWER_BYTES = 16 * 1_024;

/** Asks an HTTP door how it does, and polls without a token. Never throws for what the door does. */
export async function askHttp(door: Door): Promise<DoorAnswer> {
  const startedAt = performance.now();
  const silent = (trouble: string): DoorAnswer => {
    const ms = Math.round(performance.now() - startedAt);
    return { ms, trouble, asksForToken: undefined, clock: undefined };
  };
  try {
    const ready = door.hasReadiness ? await request(door, "readyz") : undefined;
    const poll = await request(door, POLL_PATH.slice(1), { body: "{}" });
    const first = ready ?? poll;
    const end = pollEnd(poll);
    return {
      ms: Math.round(Math.min(first.ms, poll.ms)),
      trouble: (ready && notReady(ready)) ?? (end.end === "failed" ? end.why : undefined),
      asksForToken: end.end === "failed" ? undefined : end.end === "no-token",
      clock: first.clock,
    };
  } catch (error) {
    return silent(troubleText(error));
  }
}

/** Polls with a token, for no service. */
export async function pollOverHttp(door: Door, token: string): Promise<PollEnd> {
  try {
    return pollEnd(await request(door, POLL_PATH.slice(1), { body: "{}", token }));
  } catch (error) {
    return { end: "failed", why: troubleText(error) };
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly ms: number;
  readonly clock: ClockReading | undefined;
}

async function request(
  { address }: Door,
  path: string,
  { body, token }: { body?: string; token?: string } = {},
): Promise<Answer> {
  const url = new URL(path, address.endsWith("/") ? address : `${address}/`);
  const [startedAt, asked] = [performance.now(), Date.now()];
  const answer = await fetch(url, {
    signal: AbortSignal.timeout(DOOR_PATIENCE_MS),
    redirect: "manual",
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { method: "POST", body }),
  });
  const [ms, answered] = [performance.now() - startedAt, Date.now()];
  const theirs = Date.parse(answer.headers.get("date") ?? "");
  const clock = Number.isNaN(theirs) ? undefined : { theirs, ours: (asked + answered) / 2 };
  return { status: answer.status, text: await beginningOf(answer), ms, clock };
}

async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function notReady({ status, text }: Answer): string | undefined {
  if (status === 200) return undefined;
  const { reason, status: said } = fieldsOf(text);
  return String(reason ?? said ?? `answers ${status} at /readyz`);
}

function pollEnd({ status, text }: Answer): PollEnd {
  if (status === 200) return { end: "answered" };
  const { code, message } = fieldsOf(text);
  if (code === "unauthenticated") return { end: "no-token" };
  const why = typeof code !== "string" ? `answers a poll with ${status}` : `answers a poll with ${code}: ${message}`;
  return { end: "failed", why };
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

function troubleText(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${DOOR_PATIENCE_MS} ms`;
  return connectionErrorText(error);
}
