import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import tls from "node:tls";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { withLoopback } from "../../server/local/local-aws.ts";
import { loadConfig } from "../../shared/config.ts";
import { BlockedAddress } from "../../shared/egress/blocked-address.ts";
import { connectionErrorText } from "../../shared/egress/connection-error-text.ts";
import { createEgress, type Egress, type EgressOptions } from "../../shared/egress/egress.ts";
import { post } from "../../shared/egress/post.ts";
import { listeningOn } from "../support/listening-on.ts";
import { lookupOf, tryHttp1, tryHttp2 } from "../support/ssrf-forms.ts";
import { until } from "../support/until.ts";
import { temporaryFolder } from "../support/world.ts";

const TLS = new URL("../support/tls/", import.meta.url).pathname;
const cert = readFileSync(join(TLS, "cert.pem"), "utf8"); // for localhost and 127.0.0.1
const key = readFileSync(join(TLS, "key.pem"), "utf8");

const LOOPBACK = ["127.0.0.1/32"];
const WAYS = [
  ["HTTP/1.1", tryHttp1],
  ["HTTP/2", tryHttp2],
] as const;

function egressFor(options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({ networks: LOOPBACK, lookup: lookupOf(["127.0.0.1"]), ...options });
  onTestFinished(() => egress.close());
  return egress;
}

const send = (egress: Egress, url: string) =>
  post(url, { headers: {}, body: "", egress, timeoutMs: 5_000, maxAnswerBytes: 512 });

describe.each(WAYS)("%s", (_, connect) => {
  test.each(["http://collector.example.com/", "http://8.8.8.8/"])(
    "takes a public address only with TLS: %s",
    async (url) => {
      const error = await connect(egressFor({ lookup: lookupOf(["8.8.8.8"]) }), url);
      expect(error).toBeInstanceOf(BlockedAddress);
      expect(connectionErrorText(error)).toContain("a public address, which takes https");
    },
  );

  test("tells host, address, what is wrong with it and what opens it", async () => {
    const error = await connect(egressFor({ lookup: lookupOf(["10.0.0.5"]) }), "https://collector.example.com/");
    expect(connectionErrorText(error)).toBe(
      "blocked: collector.example.com is at 10.0.0.5, a private address; FLASHPOINT_COLLECTOR_NETWORKS can open it",
    );
  });

  test("connects to what its one lookup gave; a name that changes its address is refused the next time", async () => {
    let connections = 0;
    const port = await listeningOn(
      createServer((socket) => {
        connections += 1;
        socket.destroy();
      }),
    );
    let lookups = 0;
    const egress = egressFor({
      lookup(host, options, callback) {
        lookups += 1;
        lookupOf([lookups === 1 ? "127.0.0.1" : "127.0.0.2"])(host, options, callback);
      },
    });
    await connect(egress, `http://collector.example.com:${port}/`);
    expect([connections, lookups]).toEqual([1, 1]);
    const error = await connect(egress, `http://collector.example.com:${port}/`);
    expect(error).toBeInstanceOf(BlockedAddress);
    expect(connectionErrorText(error)).toContain("127.0.0.2, a loopback address");
    expect([connections, lookups]).toEqual([1, 2]);
  });

  test("gives up a name that does not resolve in time", async () => {
    const error = await connect(egressFor({ lookup() {}, connectTimeoutMs: 100 }), "https://collector.example.com/");
    expect(connectionErrorText(error)).toBe("no connection within 100 ms");
  });

  test("gives up TLS that does not come about in time", async () => {
    const port = await listeningOn(createServer(() => {}));
    const error = await connect(egressFor({ connectTimeoutMs: 100 }), `https://localhost:${port}/`);
    expect(connectionErrorText(error)).toBe("no connection within 100 ms");
  });

  test("tells that a name does not resolve", async () => {
    const lookup: EgressOptions["lookup"] = (host, _options, callback) =>
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }), "");
    const error = await connect(egressFor({ lookup }), "https://collector.example.com/");
    expect(connectionErrorText(error)).toBe("getaddrinfo ENOTFOUND collector.example.com");
  });

  test("tries all addresses of a name, and tells of all that fail", async () => {
    const port = await listeningOn(createServer());
    const egress = egressFor({ networks: ["127.0.0.0/8"], lookup: lookupOf(["127.0.0.2", "127.0.0.3"]) });
    expect(connectionErrorText(await connect(egress, `http://collector.example.com:${port}/`))).toBe(
      `connect ECONNREFUSED 127.0.0.2:${port}; connect ECONNREFUSED 127.0.0.3:${port}`,
    );
  });

  describe("over TLS", () => {
    /** Speaks whichever HTTP the client wants, and keeps the names that clients ask for. */
    async function secureServer(): Promise<{ port: number; names: (string | false | null)[] }> {
      const names: (string | false | null)[] = [];
      const server = http2.createSecureServer({ key, cert, allowHTTP1: true }, (_request, response) => response.end());
      server.on("secureConnection", (socket: tls.TLSSocket) => names.push(socket.servername));
      return { port: await listeningOn(server), names };
    }

    test.each([
      ["localhost", "localhost"],
      ["localhost.", "localhost"],
      ["127.0.0.1", false],
    ])("asks %s for the certificate of its name, and an address for none", async (host, name) => {
      const { port, names } = await secureServer();
      expect(await connect(egressFor({ ca: cert }), `https://${host}:${port}/`)).toBeUndefined();
      expect(names).toEqual([name]);
    });

    test.each(["collector.example.com", "127.0.0.2"])(
      "does not take a certificate that is not for %s",
      async (host) => {
        const { port } = await secureServer();
        // On Linux, all of 127.0.0.0/8 is this machine; the server listens on one address of it.
        const other = host === "127.0.0.2" ? await relay("127.0.0.2", port) : port;
        const error = await connect(egressFor({ networks: ["127.0.0.0/8"], ca: cert }), `https://${host}:${other}/`);
        expect(connectionErrorText(error)).toBe("TLS failed: the certificate is for other hosts");
      },
    );

    test("does not take a certificate of an unknown authority, whatever the environment says", async () => {
      const { port } = await secureServer();
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
      onTestFinished(() => void delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
      const error = await connect(egressFor(), `https://localhost:${port}/`);
      expect(connectionErrorText(error)).toBe("TLS failed: self-signed certificate");
    });

    test("tells that nobody speaks it there", async () => {
      const port = await listeningOn(http.createServer());
      const error = await connect(egressFor(), `https://localhost:${port}/`);
      expect(connectionErrorText(error)).toBe("TLS failed: wrong version number");
    });
  });
});

/** Carries bytes from another address of this machine to a port on 127.0.0.1. */
async function relay(host: string, port: number): Promise<number> {
  const { connect } = await import("node:net");
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1").on("error", () => {});
    client.pipe(upstream).pipe(client);
  });
  return listeningOn(server, 0, host);
}

test("HTTP/2 over TLS is refused by words where only HTTP/1.1 is spoken, and ALPN is not", async () => {
  const port = await listeningOn(tls.createServer({ key, cert }, () => {}));
  const error = await tryHttp2(egressFor({ ca: cert }), `https://localhost:${port}/`);
  expect(connectionErrorText(error)).toBe("TLS failed: HTTP/2 is not spoken there");
  const alpn = await listeningOn(https.createServer({ key, cert }));
  expect(connectionErrorText(await tryHttp2(egressFor({ ca: cert }), `https://localhost:${alpn}/`))).toMatch(
    /^TLS failed: .*no application protocol/,
  );
});

test.each(["http", "https"])(
  "over %s a connection is kept and serves the next request, until the egress closes",
  async (protocol) => {
    const answer: http.RequestListener = (_request, response) => response.end("taken");
    const server = protocol === "http" ? http.createServer(answer) : https.createServer({ key, cert }, answer);
    let open = 0;
    let opened = 0;
    server.on("connection", (socket) => {
      opened += 1;
      open += 1;
      socket.once("close", () => {
        open -= 1;
      });
    });
    const port = await listeningOn(server);
    const egress = egressFor({ ca: cert });
    for (const _ of [1, 2, 3]) {
      expect(await (await send(egress, `${protocol}://localhost:${port}/`)).evidence()).toBe("taken");
    }
    expect([open, opened]).toEqual([1, 1]);
    egress.close();
    await until("the connection is closed", () => open === 0 || undefined, 2_000);
  },
);

test("a session of HTTP/2 ends when the egress closes", async () => {
  const port = await listeningOn(http2.createServer());
  const egress = egressFor();
  const session = http2.connect(`http://localhost:${port}`, {
    createConnection: (url) => egress.createConnection(url),
  });
  session.on("error", () => {});
  await once(session, "connect");
  egress.close();
  await once(session, "close");
});

test.each(["127.0.0.1", "::1"])("in local mode, a collector at %s is reached over http", async (host) => {
  const server = http.createServer((_request, response) => response.end("taken"));
  const port = await listeningOn(server, 0, host);
  const egress = egressFor({ networks: withLoopback(loadConfig()).collectorNetworks });
  const answer = await send(egress, `http://${host.includes(":") ? `[${host}]` : host}:${port}/`);
  expect(await answer.evidence()).toBe("taken");
});

test("a Unix socket is not reached, whatever a request asks for", async () => {
  const folder = await temporaryFolder();
  onTestFinished(folder.remove);
  let connections = 0;
  const server = http.createServer((_request, response) => response.end());
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(join(folder.path, "socket"));
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const egress = egressFor({ networks: [] });
  for (const [url, { request }] of [
    ["http://localhost/", http],
    ["https://localhost/", https],
  ] as const) {
    const sent = request({ agent: egress.agent(url), socketPath: join(folder.path, "socket") }).end();
    const [error] = await once(sent, "error");
    expect(error).toBeInstanceOf(BlockedAddress);
  }
  expect(connections).toBe(0);
});

test("proxies of the environment are not used", async () => {
  const server = http.createServer((_request, response) => response.end("direct"));
  const proxy = http.createServer((_request, response) => response.end("proxied"));
  const [port, proxyPort] = [await listeningOn(server), await listeningOn(proxy)];
  const proxies = { HTTP_PROXY: `http://127.0.0.1:${proxyPort}`, http_proxy: `http://127.0.0.1:${proxyPort}` };
  const module = (file: string) => JSON.stringify(new URL(`../../shared/egress/${file}`, import.meta.url).href);
  const script = `
    import { get } from "node:http";
    import { createEgress } from ${module("egress.ts")};
    import { post } from ${module("post.ts")};
    const egress = createEgress({ networks: ["127.0.0.1/32"] });
    const options = { headers: {}, body: "", egress, timeoutMs: 5000, maxAnswerBytes: 100 };
    console.log(await (await post("http://127.0.0.1:${port}/", options)).evidence());
    get("http://127.0.0.1:${port}/", async (response) => {
      for await (const chunk of response) console.log(chunk.toString());
    });
  `;
  const env = { ...process.env, ...proxies, NODE_USE_ENV_PROXY: "1", NO_PROXY: "", no_proxy: "" };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { env });
  const [ours, nodes] = stdout.trim().split("\n");
  expect(ours).toBe("direct");
  expect(nodes).toBe("proxied");
});
