import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { randomHttpRequest } from "../http-request.ts";
import { inPieces, mutated } from "../mutate.ts";
import type { Random } from "../random.ts";
import { type Answer, shownBytes, type Target } from "../target.ts";

/** How long a connection is looked at on which the server may wait for more. */
const PATIENCE_MS = 300;
/** Statuses from 500 on that say what the caller did: 501, 505; 503 and 504 are Connect's own. */
const BLAMELESS = [501, 503, 504, 505];

const LINES = [
  "GET / HTTP/9.9",
  "GET /",
  " / HTTP/1.1",
  "POST http://a:b@c/ HTTP/1.1",
  "PRI * HTTP/2.0",
  "CONNECT x:1 HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "TRACE / HTTP/1.1",
  "GET /\u0000 HTTP/1.1",
  "GET /%00%ff HTTP/1.0",
];
const HEADERS = [
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Content-Length: 5\r\nContent-Length: 6",
  "Transfer-Encoding: chunked\r\nContent-Length: 3",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: x",
  "Expect: 100-continue",
  "Expect: x",
  "Upgrade: h2c\r\nConnection: Upgrade",
  "Upgrade: websocket\r\nConnection: Upgrade",
  "Host:",
  "Host: a\r\nHost: b",
  ": nameless",
  "no-colon",
  "x: a\rb",
  "x: \u0000",
  " folded: line",
  `x: ${"y".repeat(20_000)}`,
  "Connection: close",
];
const CHUNKS = [
  "5\r\nhello\r\n0\r\n\r\n",
  "zz\r\n",
  "-1\r\n",
  "ffffffffffffffff\r\n",
  "0\r\n\r\n",
  "3\r\nab",
  "0\r\nx: y\r\n\r\n",
];

/** HTTP/1 as no client would send it, each on a connection of its own. */
export function createRawHttp({ address, token }: { address: string; token: string }): Target {
  const [host = "", port] = address.split(":");
  return {
    name: "raw-http",
    weight: 1.6,
    async run(random, _index, tell) {
      const bytes = requestOf(random, token);
      tell(`${JSON.stringify(bytes.subarray(0, 300).toString("latin1"))} ${shownBytes(bytes)}`);
      return send(host, Number(port), inPieces(random, bytes, 3), random.chance(0.5));
    },
  };
}

async function send(host: string, port: number, pieces: readonly Buffer[], endsHalf: boolean): Promise<Answer> {
  const socket = connect({ host, port });
  socket.setNoDelay(true);
  const chunks: Buffer[] = [];
  socket.on("error", () => {}); // ends it as well
  const closed = new Promise<void>((resolve) => socket.once("close", resolve));
  const answered = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      resolve();
    });
  });
  for (const piece of pieces) socket.write(piece);
  if (endsHalf) socket.end();
  await Promise.race([answered, closed, delay(PATIENCE_MS)]);
  socket.destroy();
  await closed;
  return judge(Buffer.concat(chunks).toString("latin1"));
}

function judge(answer: string): Answer {
  if (answer === "") return { kind: "no answer" };
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(answer) ?? [];
  if (status === undefined) return { kind: "no HTTP", fault: `answered ${JSON.stringify(answer.slice(0, 400))}` };
  if (Number(status) >= 500 && !BLAMELESS.includes(Number(status)))
    return { kind: `HTTP ${status}`, fault: `answered ${JSON.stringify(answer.slice(0, 800))}` };
  return { kind: `HTTP ${status}` };
}

function requestOf(random: Random, token: string): Buffer {
  const { method, path, headers, body } = randomHttpRequest(random, token);
  const lines = [random.chance(0.5) ? `${method} ${path} HTTP/1.1` : random.pick(LINES), "Host: fuzz"];
  lines.push(...Object.entries(headers).map(([name, value]) => `${name}: ${value}`));
  for (let odd = random.whole(0, 2); odd > 0; odd--)
    lines.splice(random.whole(1, lines.length), 0, random.pick(HEADERS));
  const isChunked = random.chance(0.2);
  if (isChunked) lines.push("Transfer-Encoding: chunked");
  else if (random.chance(0.7)) lines.push(`Content-Length: ${body.length + random.pick([0, 0, 0, 1, -1])}`);
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const bytes = Buffer.concat([head, isChunked ? Buffer.from(random.pick(CHUNKS)) : body]);
  return random.chance(0.4) ? mutated(random, bytes) : bytes;
}
