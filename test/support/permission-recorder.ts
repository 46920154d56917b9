import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { type ActionOn, takenPermissions } from "./taken-permissions.ts";

/**
 * The door of AWS on 127.0.0.1: one address for every service. It knows by a request's signature who makes it and of
 * which service, as AWS does, hands it to that service's engine and writes down what it took.
 */
export interface PermissionRecorder {
  readonly url: string;
  /** What whoever has that access key has done so far, each once. */
  usedBy(accessKeyId: string): ActionOn[];
  /** These services, and no others, answer nobody from now on. */
  setAway(...services: string[]): void;
  close(): Promise<void>;
}

/** @param engines where each service is, by the name that signatures have for it. */
export async function startPermissionRecorder(engines: Readonly<Record<string, string>>): Promise<PermissionRecorder> {
  const used = new Map<string, Map<string, ActionOn>>();
  let away: readonly string[] = [];

  const server = createServer(async (incoming, response) => {
    const body = await buffer(incoming);
    const { accessKeyId, service } = scopeOf(incoming);
    const engine = away.includes(service) ? undefined : engines[service];
    const answer = await passOn(incoming, body, engine).catch(() => undefined);
    const known = used.get(accessKeyId) ?? new Map<string, ActionOn>();
    used.set(accessKeyId, known);
    const { method = "", url = "", headers } = incoming;
    const target = String(headers["x-amz-target"] ?? "");
    const status = answer?.status ?? 0;
    for (const taken of takenPermissions({ service, method, url, target, body: body.toString("utf8"), status })) {
      known.set(`${taken.action} ${taken.resource}`, taken);
    }
    if (answer === undefined) response.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();

  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    usedBy: (accessKeyId) => [...(used.get(accessKeyId)?.values() ?? [])],
    setAway(...services) {
      away = services;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The credential scope of Signature Version 4, which stands in the address of a link. */
const SCOPE = /^(?<accessKeyId>[^/]+)\/\d{8}\/[^/]+\/(?<service>[^/]+)\/aws4_request$/;

function scopeOf({ headers, url = "" }: IncomingMessage): { accessKeyId: string; service: string } {
  const credential =
    /Credential=([^,\s]+)/.exec(headers.authorization ?? "")?.[1] ??
    new URL(url, "http://recorder").searchParams.get("X-Amz-Credential");
  const { accessKeyId = "nobody", service = "none" } = SCOPE.exec(credential ?? "")?.groups ?? {};
  return { accessKeyId, service };
}

async function passOn({ method, url = "", headers }: IncomingMessage, body: Buffer, engine: string | undefined) {
  if (engine === undefined) throw new Error("nobody is there");
  const outgoing = request(new URL(url, engine), { method, headers });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
}
