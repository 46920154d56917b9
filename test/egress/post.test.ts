import { readFileSync } from "node:fs";
import http, { type IncomingMessage, type RequestListener } from "node:http";
import https from "node:https";
import { createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectionErrorText } from "../../shared/egress/connection-error-text.ts";
import { createEgress, type Egress } from "../../shared/egress/egress.ts";
import { type PostOptions, post } from "../../shared/egress/post.ts";
import { listeningOn } from "../support/listening-on.ts";
import { lookupOf } from "../support/ssrf-forms.ts";
import { until } from "../support/until.ts";

const read = (file: string): string => readFileSync(new URL(`../support/tls/${file}`, import.meta.url), "utf8");
const [cert, key] = [read("cert.pem"), read("key.pem")];

function egressToLoopback(): Egress {
  const egress = createEgress({ networks: ["127.0.0.1/32"] });
  onTestFinished(() => egress.close());
  return egress;
}

interface Collector {
  url: string;
  /** Connections that were opened, and those that still are. */
  opened: () => number;
  open: () => number;
}

async function counted(server: http.Server | ReturnType<typeof createServer>): Promise<Collector> {
  let opened = 0;
  let open = 0;
  server.on("connection", (socket: Socket) => {
    opened += 1;
    open += 1;
    socket.once("close", () => {
      open -= 1;
    });
  });
  const port = await listeningOn(server);
  return { url: `http://127.0.0.1:${port}/events?x=1`, opened: () => opened, open: () => open };
}

const collector = (answer: RequestListener): Promise<Collector> => counted(http.createServer(answer));

/** Answers each request on a connection with what `answer` gives for its number on the connection, and that of the connection. */
function rawCollector(answer: (request: number, connection: number, socket: Socket) => void): Promise<Collector> {
  let connections = 0;
  return counted(
    createServer((socket) => {
      connections += 1;
      const connection = connections;
      let requests = 0;
      socket.on("data", () => {
        requests += 1;
        answer(requests, connection, socket);
      });
    }),
  );
}

const send = (url: string, options: Partial<PostOptions> = {}) =>
  post(url, { headers: {}, body: "", egress: egressToLoopback(), timeoutMs: 5_000, maxAnswerBytes: 16, ...options });

/** Why there is no answer. */
async function failureOf(sent: Promise<unknown>): Promise<string> {
  return sent.then(
    () => "answered",
    (error) => connectionErrorText(error),
  );
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test.each(["chéckout 日本", Buffer.from([0, 255, 10])])(
  "headers and body arrive, and the answer's come back",
  async (body) => {
    const requests: { method?: string | undefined; path?: string | undefined; headers: object; body: Buffer }[] = [];
    const { url } = await collector(async (request, response) => {
      const { method, url: path, headers } = request;
      requests.push({ method, path, headers, body: await bodyOf(request) });
      response.writeHead(202, { "Retry-After": "7", "Set-Cookie": ["a=1", "b=2"] }).end(" taken \n");
    });
    const answer = await send(url, { headers: { "x-key": "secret" }, body });
    expect(requests).toEqual([
      {
        method: "POST",
        path: "/events?x=1",
        headers: expect.objectContaining({
          "x-key": "secret",
          "content-length": String(Buffer.byteLength(body)),
          host: new URL(url).host,
        }),
        body: Buffer.from(body),
      },
    ]);
    expect(answer.status).toBe(202);
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await answer.evidence()).toBe("taken");
  },
);

test.each([301, 302, 303, 307, 308])("a redirect by %i is an answer; nobody goes there", async (status) => {
  const elsewhere = await collector((_request, response) => response.end());
  const { url } = await collector((_request, response) => {
    response.writeHead(status, { location: elsewhere.url }).end();
  });
  expect(await send(url)).toMatchObject({ status });
  expect(elsewhere.opened()).toBe(0);
});

describe("the evidence", () => {
  test("is no more than was asked for, of a body without end, whose connection is given up", async () => {
    const { url, open } = await collector((_request, response) => {
      const more = (): void => {
        while (response.write("x".repeat(1_000)));
      };
      response.on("drain", more);
      more();
    });
    expect(await (await send(url)).evidence()).toBe("x".repeat(16));
    await until("the connection is closed", () => open() === 0 || undefined, 2_000);
  });

  test("is there when enough has come, of a body that goes on later", async () => {
    const { url } = await collector((_request, response) => void response.writeHead(503).write("x".repeat(20)));
    expect(await (await send(url, { timeoutMs: 60_000 })).evidence()).toBe("x".repeat(16));
  }, 5_000);

  test("is what came when time is up", async () => {
    const { url, open } = await collector((_request, response) => {
      response.writeHead(503);
      response.write("not n");
    });
    const answer = await send(url, { timeoutMs: 300 });
    expect(answer.status).toBe(503);
    expect(await answer.evidence()).toBe("not n");
    await until("the connection is closed", () => open() === 0 || undefined, 2_000);
  }, 4_000); // the time for a body that nobody asks for is beneath

  test("is waited for longer than a body that nobody asks for", async () => {
    const { url } = await collector((_request, response) => {
      response.writeHead(503);
      response.write("not ");
      setTimeout(() => response.end("now"), 1_300);
    });
    expect(await (await send(url)).evidence()).toBe("not now");
  });

  test("is what came before the connection broke", async () => {
    const { url } = await collector((_request, response) => {
      response.writeHead(503, { "content-length": 1_000 });
      response.write("not n", () => response.destroy());
    });
    expect(await (await send(url)).evidence()).toMatch(/^(not n)?$/);
  });

  test("is there however late it is asked for, and however often", async () => {
    const { url, open } = await collector((_request, response) => {
      response.writeHead(503, { connection: "close" }).end("not now");
    });
    const answer = await send(url);
    await until("the connection is closed", () => open() === 0 || undefined, 2_000);
    expect(await answer.evidence()).toBe("not now");
    expect(await answer.evidence()).toBe("not now");
  });
});

describe("an answer whose body nobody asks for", () => {
  test.each([0, 5, 40_000])("of %i bytes leaves its connection to the next request", async (bytes) => {
    const { url, opened } = await collector((_request, response) => response.end("x".repeat(bytes)));
    const egress = egressToLoopback();
    const { sockets, freeSockets } = egress.agent(url);
    for (const _ of [1, 2, 3]) {
      expect(await send(url, { egress })).toMatchObject({ status: 200 });
      await until("the connection is free", () =>
        count(sockets) === 0 && count(freeSockets) === 1 ? true : undefined,
      );
    }
    expect(opened()).toBe(1);
  });

  test("and never ends does not hold its connection", async () => {
    const { url, open } = await collector((_request, response) => void response.writeHead(200).write("x"));
    expect(await send(url, { timeoutMs: 60_000 })).toMatchObject({ status: 200 });
    await until("the connection is closed", () => open() === 0 || undefined, 5_000);
  });
});

const count = (sockets: NodeJS.ReadOnlyDict<unknown[]>): number => Object.values(sockets).flat().length;

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

describe("on a kept connection that the collector closes without an answer", () => {
  test("a request is sent again at once, over a new one", async () => {
    const { url, opened } = await rawCollector((request, _connection, socket) => {
      if (request === 1) socket.write(OK);
      else socket.resetAndDestroy();
    });
    const egress = egressToLoopback();
    expect(await send(url, { egress })).toMatchObject({ status: 200 });
    await until("the connection is free", () => count(egress.agent(url).freeSockets) === 1 || undefined);
    expect(await send(url, { egress, body: "again" })).toMatchObject({ status: 200 });
    expect(opened()).toBe(2);
  });

  test("a request is sent again over a new one, even where others are kept", async () => {
    const { url, opened } = await rawCollector((request, _connection, socket) => {
      if (request === 1) socket.write(OK);
      else socket.destroy();
    });
    const egress = egressToLoopback();
    await Promise.all([send(url, { egress }), send(url, { egress })]);
    await until("both connections are free", () => count(egress.agent(url).freeSockets) === 2 || undefined);
    expect(await send(url, { egress })).toMatchObject({ status: 200 });
    expect(opened()).toBe(3);
  });

  test("a request is sent again only once", async () => {
    const { url, opened } = await rawCollector((request, connection, socket) => {
      if (connection === 1 && request === 1) socket.write(OK);
      else socket.destroy();
    });
    const egress = egressToLoopback();
    expect(await send(url, { egress })).toMatchObject({ status: 200 });
    await until("the connection is free", () => count(egress.agent(url).freeSockets) === 1 || undefined);
    expect(await failureOf(send(url, { egress }))).toBe("the connection was closed before an answer");
    expect(opened()).toBe(2);
  });

  test("a request is not sent again if an answer began", async () => {
    const { url, opened } = await rawCollector((request, _connection, socket) => {
      if (request === 1) socket.write(OK);
      else socket.write("HTTP/1.1 2", () => socket.resetAndDestroy());
    });
    const egress = egressToLoopback();
    expect(await send(url, { egress })).toMatchObject({ status: 200 });
    await until("the connection is free", () => count(egress.agent(url).freeSockets) === 1 || undefined);
    expect(await failureOf(send(url, { egress }))).toMatch(/ECONNRESET|closed before an answer|other than HTTP/);
    expect(opened()).toBe(1);
  });

  test.each([
    ["http", 80],
    ["https", 443],
  ])("a request to %s without a port is sent again to %i", async (protocol, usual) => {
    const hosts: (string | undefined)[] = [];
    const answer: RequestListener = (request, response) => {
      hosts.push(request.headers.host);
      if (hosts.length === 2) request.socket.destroy();
      else response.end();
    };
    const server = protocol === "http" ? http.createServer(answer) : https.createServer({ key, cert }, answer);
    const port = await listeningOn(server);
    const egress = createEgress({ networks: ["127.0.0.1/32"], ca: cert });
    onTestFinished(() => egress.close());
    const url = `${protocol}://127.0.0.1/`;
    const agent = egress.agent(url);
    const ports: unknown[] = [];
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) => {
      ports.push(Number(options.port));
      return connect({ ...options, port }, callback); // nobody may listen on the usual port here
    };
    await send(url, { egress });
    await until("the connection is free", () => count(agent.freeSockets) === 1 || undefined);
    expect(await send(url, { egress })).toMatchObject({ status: 200 });
    expect(ports).toEqual([usual, usual]);
    expect(hosts).toEqual(["127.0.0.1", "127.0.0.1", "127.0.0.1"]);
  });

  test("both attempts share the time", async () => {
    const { url } = await rawCollector((request, connection, socket) => {
      if (connection === 2) return; // never answers
      if (request === 1) socket.write(OK);
      else setTimeout(() => socket.destroy(), 700);
    });
    const egress = egressToLoopback();
    expect(await send(url, { egress })).toMatchObject({ status: 200 });
    await until("the connection is free", () => count(egress.agent(url).freeSockets) === 1 || undefined);
    const startedAt = performance.now();
    expect(await failureOf(send(url, { egress, timeoutMs: 1_000 }))).toBe("no answer within 1000 ms");
    expect(performance.now() - startedAt).toBeLessThan(1_600);
  });
});

describe("there is no answer", () => {
  test("if a new connection is closed; the request is not sent again", async () => {
    const { url, opened } = await rawCollector((_request, _connection, socket) => socket.destroy());
    expect(await failureOf(send(url))).toBe("the connection was closed before an answer");
    expect(opened()).toBe(1);
  });

  test("if none comes in time, and the connection is given up", async () => {
    const { url, open } = await collector(() => {});
    expect(await failureOf(send(url, { timeoutMs: 50 }))).toBe("no answer within 50 ms");
    await until("the connection is closed", () => open() === 0 || undefined, 2_000);
  });

  test("if connecting takes all the time", async () => {
    const egress = createEgress({ networks: [], lookup() {} });
    onTestFinished(() => egress.close());
    const sent = send("https://collector.example.com/", { egress, timeoutMs: 50 });
    expect(await failureOf(sent)).toBe("no answer within 50 ms");
  });

  test("if its headers are more than anybody needs", async () => {
    const { url } = await rawCollector((_request, _connection, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${`x-filler: ${"x".repeat(1_000)}\r\n`.repeat(17)}\r\n`);
    });
    expect(await failureOf(send(url))).toBe("answered with more headers than are read");
  });

  test.each(["SSH-2.0-OpenSSH_9.6\r\n", "HTTP/9.9 200 OK\r\n\r\n"])("if it is something else: %j", async (text) => {
    const { url } = await rawCollector((_request, _connection, socket) => socket.write(text));
    expect(await failureOf(send(url))).toBe("answered with something other than HTTP/1.1");
  });

  test("if the collector wants to speak another protocol", async () => {
    const { url, open } = await rawCollector((_request, _connection, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
    });
    expect(await failureOf(send(url))).toBe("the connection was closed before an answer");
    await until("the connection is closed", () => open() === 0 || undefined, 2_000);
  });

  test("if a header cannot be sent", async () => {
    const { url, opened } = await collector((_request, response) => response.end());
    expect(await failureOf(send(url, { headers: { "x-key": "a\r\nb: c" } }))).toContain("x-key");
    expect(opened()).toBe(0);
  });
});

test("a name whose addresses are partly refused is asked at the others alone", async () => {
  const { url, opened } = await collector((_request, response) => response.end());
  const egress = createEgress({ networks: ["127.0.0.1/32"], lookup: lookupOf(["10.0.0.1", "127.0.0.1", "fd00::1"]) });
  onTestFinished(() => egress.close());
  expect(await send(url.replace("127.0.0.1", "collector.example.com"), { egress })).toMatchObject({ status: 200 });
  expect(opened()).toBe(1);
});
