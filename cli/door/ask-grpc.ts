import { ChannelCredentials, Client, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { DOOR_PATIENCE_MS, type Door, type DoorAnswer, POLL_PATH, type PollEnd } from "./door.ts";

/** grpc.health.v1.HealthCheckResponse: field 1 is the status, and 1 is SERVING. */
const SERVING = Buffer.from([0x08, 0x01]);
const NOTHING = Buffer.alloc(0);

/** Asks a native gRPC door for its health, and polls without a token. Never throws for what the door does. */
export async function askGrpc(door: Door): Promise<DoorAnswer> {
  const client = open(door);
  const silent = (trouble: string): DoorAnswer => ({ ms: 0, trouble, asksForToken: undefined, clock: undefined });
  try {
    const health = await call(client, "/grpc.health.v1.Health/Check");
    if (health.error !== undefined) return silent(troubleText(health.error, "asked for its health"));
    if (!SERVING.equals(health.bytes)) return silent("says that it does not serve");
    const startedAt = performance.now(); // the connection is there
    const poll = pollEnd(await call(client, POLL_PATH));
    if (poll.end === "failed") return silent(poll.why);
    const ms = Math.round(performance.now() - startedAt);
    return { ms, trouble: undefined, asksForToken: poll.end === "no-token", clock: undefined };
  } finally {
    client.close();
  }
}

/** Polls with a token, for no service. */
export async function pollOverGrpc(door: Door, token: string): Promise<PollEnd> {
  const client = open(door);
  try {
    return pollEnd(await call(client, POLL_PATH, token));
  } finally {
    client.close();
  }
}

function open({ address, isSecure, isLocal }: Door): Client {
  // Whoever asks this machine need not look at its certificate, which is for another name.
  const credentials = isSecure
    ? ChannelCredentials.createSsl(null, null, null, { rejectUnauthorized: !isLocal })
    : ChannelCredentials.createInsecure();
  return new Client(address, credentials, {
    "grpc.enable_retries": 0,
    ...(isLocal && { "grpc.enable_http_proxy": 0 }),
    ...(isLocal && isSecure && { "grpc.ssl_target_name_override": "localhost" }), // an address is no name in TLS
  });
}

type CallEnd = { error: ServiceError; bytes?: never } | { error?: never; bytes: Buffer };

function call(client: Client, path: string, token?: string): Promise<CallEnd> {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authentication", token);
  const same = (bytes: Buffer): Buffer => bytes;
  const deadline = Date.now() + DOOR_PATIENCE_MS;
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, same, same, NOTHING, metadata, { deadline }, (error, bytes = NOTHING) =>
      resolve(error === null ? { bytes } : { error }),
    );
  });
}

function pollEnd({ error }: CallEnd): PollEnd {
  if (error === undefined) return { end: "answered" };
  if (error.code === status.UNAUTHENTICATED) return { end: "no-token" };
  return { end: "failed", why: troubleText(error, "polled") };
}

function troubleText({ code, details }: ServiceError, asked: string): string {
  if (code === status.DEADLINE_EXCEEDED) return `no answer within ${DOOR_PATIENCE_MS} ms`;
  if (code === status.UNAVAILABLE) return plainly(details);
  return `answers ${status[code]} when ${asked}: ${details}`;
}

/** What grpc-js says of a connection that does not come about, without what it says around it. */
function plainly(details: string): string {
  const [, why = details] = /Last error: (.*)$/s.exec(details) ?? [];
  return why.replace(/^Error: /, "").replace(/\. Resolution note:.*$/s, "") || "no connection";
}
