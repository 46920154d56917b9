import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import protobuf from "protobufjs";
import { createArrivals } from "../../server/demo/arrivals.ts";

/** Pyroscope's public contract, as far as it is used; on purpose not what our code is generated from. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message LabelPair { string name = 1; string value = 2; }
  message RawSample { bytes raw_profile = 1; string ID = 2; }
  message RawProfileSeries { repeated LabelPair labels = 1; repeated RawSample samples = 2; }
  message PushRequest { repeated RawProfileSeries series = 1; }
`);
const PushRequest = root.lookupType("PushRequest");

/** One series that arrived. */
export interface Push {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly {
    readonly id: string;
    /** pprof, no longer gzipped. */
    readonly pprof: Buffer;
  }[];
}

/** How a push ends that could be taken. */
export type PushAnswer =
  | { readonly kind: "take" }
  /** Never answers. */
  | { readonly kind: "hang" }
  /** An error of the Connect protocol. */
  | { readonly kind: "error"; readonly status: number; readonly code: string; readonly message: string }
  /** Anything else, for instance of a proxy on the way. */
  | { readonly kind: "other"; readonly answer: (request: IncomingMessage, response: ServerResponse) => void };

export interface PyroscopeDouble {
  readonly url: string;
  /** What was taken, in the order of arrival. */
  readonly pushes: readonly Push[];
  /** How many requests came, whatever became of them. */
  readonly requests: number;
  /** The first push, old or new, that fits. Rejects when `timeoutMs` have passed. */
  waitFor(fits: (push: Push) => boolean, timeoutMs: number): Promise<Push>;
  /** From now on. */
  answer(answer: PushAnswer): void;
  close(): Promise<void>;
}

export interface PyroscopeOptions {
  /** Path under which it is served, for instance `/pyroscope`. */
  readonly prefix?: string;
  /** Refuses everybody else with 401. */
  readonly basicAuth?: { readonly username: string; readonly password: string };
  /** Refuses everybody who names no tenant, or another, with 401. */
  readonly tenant?: string;
}

/** What stands in for Pyroscope on 127.0.0.1: takes `push.v1.PusherService/Push` as Connect's unary POST in binary. */
export async function startPyroscopeDouble(options: PyroscopeOptions = {}): Promise<PyroscopeDouble> {
  const { prefix = "", basicAuth, tenant } = options;
  const pushes = createArrivals<Push>("push");
  let requests = 0;
  let next: PushAnswer = { kind: "take" };

  const server = createServer(async (request, response) => {
    requests += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url !== `${prefix}/push.v1.PusherService/Push`) return fail(response, 404, "unimplemented", "no page");
    if (request.method !== "POST") return void response.writeHead(405).end();
    if (request.headers["content-type"] !== "application/proto") return void response.writeHead(415).end();
    if (basicAuth !== undefined && !isAuthorized(request.headers, basicAuth)) {
      return fail(response, 401, "unauthenticated", "invalid credentials");
    }
    if (tenant !== undefined && request.headers["x-scope-orgid"] !== tenant) {
      return fail(response, 401, "unauthenticated", "no org id");
    }
    switch (next.kind) {
      case "hang":
        return;
      case "other":
        return next.answer(request, response);
      case "error":
        return fail(response, next.status, next.code, next.message);
    }
    let arrived: Push[];
    try {
      arrived = read(Buffer.concat(chunks), request);
    } catch (error) {
      return fail(response, 400, "invalid_argument", String(error));
    }
    response.writeHead(200, { "content-type": "application/proto" }).end(); // an empty PushResponse
    pushes.add(...arrived);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    pushes: pushes.all,
    get requests() {
      return requests;
    },
    answer(answer) {
      next = answer;
    },
    waitFor: pushes.waitFor,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Reads a PushRequest. @throws if Pyroscope would refuse it. */
function read(body: Buffer, { headers, url = "" }: IncomingMessage): Push[] {
  const decoded = PushRequest.toObject(PushRequest.decode(body), { arrays: true, defaults: true }) as {
    series: { labels: { name: string; value: string }[]; samples: { rawProfile: Buffer; ID: string }[] }[];
  };
  return decoded.series.map(({ labels, samples }) => {
    for (const { name, value } of labels) {
      if (value.trim() === "") throw new Error(`label ${name} is blank`);
      if (Buffer.byteLength(value) > 2_048) throw new Error(`value of label ${name} is longer than 2048 bytes`);
    }
    if (new Set(labels.map(({ name }) => name)).size < labels.length) throw new Error("a label comes twice");
    if (samples.length === 0) throw new Error("series without samples");
    return {
      headers,
      path: url,
      labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])),
      samples: samples.map(({ rawProfile, ID }) => ({ id: ID, pprof: gunzipSync(rawProfile) })),
    };
  });
}

function isAuthorized(
  { authorization }: IncomingHttpHeaders,
  { username, password }: { username: string; password: string },
): boolean {
  return authorization === `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ code, message }));
}
