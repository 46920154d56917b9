import type { HostileCase, HostileGroup } from "../hostile-case.ts";
import { exchange, lastAnswer, requestText } from "../raw-http.ts";
import { GOOD_POLL } from "../send-call.ts";

const POLL = "/skywalking.v3.ContinuousProfilingService/queryPolicies";
const JSON_TYPE = "Content-Type: application/json";
const HOST = "Host: 127.0.0.1";
const lengthOf = (text: string): string => `Content-Length: ${text.length}`;

function raw(name: string, answer: string, ...parts: string[]): HostileCase {
  return { name, answers: { HTTP: answer }, send: (_host, { httpPort }) => exchange(httpPort, parts) };
}

/** A poll with these headers beside or in place of its own. */
const poll = (headers: string[], line = `POST ${POLL} HTTP/1.1`, body = GOOD_POLL.json): string =>
  requestText(line, [JSON_TYPE, ...headers], body);
const polled = (name: string, answer: string, headers: string[], body = GOOD_POLL.json): HostileCase =>
  raw(name, answer, poll(headers, undefined, body));

export const forms: HostileGroup = {
  title: "HTTP that is none, or two at once",
  cases: [
    polled("Content-Length and Transfer-Encoding", "HTTP 400", [
      HOST,
      lengthOf(GOOD_POLL.json),
      "Transfer-Encoding: chunked",
    ]),
    polled("two Content-Lengths that differ", "HTTP 400", [HOST, lengthOf(GOOD_POLL.json), "Content-Length: 3"]),
    polled("two Content-Lengths that do not differ", "HTTP 400", [
      HOST,
      lengthOf(GOOD_POLL.json),
      lengthOf(GOOD_POLL.json),
    ]),
    polled("a Content-Length with a sign", "HTTP 400", [HOST, "Content-Length: +5"]),
    polled("a Content-Length in hexadecimal", "HTTP 400", [HOST, "Content-Length: 0x20"]),
    polled("a Content-Length beyond all numbers", "HTTP 400", [HOST, "Content-Length: 99999999999999999999999"]),
    polled("Transfer-Encoding that nobody knows", "HTTP 400", [HOST, "Transfer-Encoding: xchunked"]),
    polled("chunked, but not last", "HTTP 400", [HOST, "Transfer-Encoding: chunked, identity"]),
    polled("Transfer-Encoding with a space before its colon", "HTTP 400", [HOST, "Transfer-Encoding : chunked"]),
    polled("a chunk whose length is none", "HTTP 400", [HOST, "Transfer-Encoding: chunked"], "zz\r\nabc\r\n0\r\n\r\n"),
    polled(
      "a chunk that is longer than it says",
      "HTTP 400",
      [HOST, "Transfer-Encoding: chunked"],
      "1\r\nabc\r\n0\r\n\r\n",
    ),
    polled(
      "a chunk with 100 KB of extensions",
      "HTTP 413",
      [HOST, "Transfer-Encoding: chunked"],
      `1;${"a".repeat(100_000)}\r\n`,
    ),
    raw(
      "lines that end in LF alone",
      "HTTP 400",
      `POST ${POLL} HTTP/1.1\n${HOST}\n${JSON_TYPE}\nContent-Length: 2\n\n{}`,
    ),
    polled(
      "a header that goes on in a second line",
      "HTTP 400",
      [HOST, "Authentication: a\r\n b", "Content-Length: 2"],
      "{}",
    ),
    polled("a NUL in a header", "HTTP 400", [HOST, "Authentication: a\0b", "Content-Length: 2"], "{}"),
    polled("a CR in a header", "HTTP 400", [HOST, "Authentication: a\rb", "Content-Length: 2"], "{}"),
    polled("a header without a name", "HTTP 400", [HOST, ": a", "Content-Length: 2"], "{}"),
    raw("a version of HTTP that there is not", "HTTP 400", requestText(`POST ${POLL} HTTP/9.9`, [HOST])),
    raw("a method that there is not", "HTTP 400", requestText(`STEAL ${POLL} HTTP/1.1`, [HOST])),
    raw("HTTP/2 in cleartext", "HTTP 400", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    raw(
      "an upgrade to HTTP/2",
      "HTTP 405",
      requestText(`GET ${POLL} HTTP/1.1`, [HOST, "Connection: Upgrade", "Upgrade: h2c"]),
    ),
    raw(
      "a proxy's CONNECT",
      "closed",
      requestText("CONNECT 169.254.169.254:80 HTTP/1.1", ["Host: 169.254.169.254:80"]),
    ),
    polled("an expectation that nobody meets", "HTTP 417", [HOST, "Expect: 200-maybe", "Content-Length: 2"], "{}"),
    raw("TLS", "HTTP 400", Buffer.from("16030100c8010000c40303", "hex").toString("latin1") + "\0".repeat(200)),
    raw("bytes without a meaning", "HTTP 400", `${"\x00\x01\x02\x03\xff".repeat(50)}\r\n\r\n`),
    {
      name: "200 requests without waiting for an answer",
      answers: { HTTP: "HTTP 429" },
      send: (_host, { httpPort }) => lastAnswer(httpPort, requestText("GET /readyz HTTP/1.1", [HOST]).repeat(200)),
    },
  ],
};

export const hosts: HostileGroup = {
  title: "Hosts and headers",
  cases: [
    raw("no Host", "HTTP 400", poll([lengthOf(GOOD_POLL.json)])),
    raw("no Host, as HTTP/1.0 allows", "HTTP 400", poll([lengthOf(GOOD_POLL.json)], `POST ${POLL} HTTP/1.0`)),
    raw("two Hosts", "HTTP 400", poll([HOST, "Host: evil.example", lengthOf(GOOD_POLL.json)])),
    raw("a Host that is none", "HTTP 400", poll(["Host: a b@c/d", lengthOf(GOOD_POLL.json)])),
    raw("a Host with a port that is none", "HTTP 400", poll(["Host: 127.0.0.1:99999", lengthOf(GOOD_POLL.json)])),
    raw("another's Host", "ok", poll(["Host: evil.example", lengthOf(GOOD_POLL.json)])), // calls do not depend on it
    polled(
      "a header of 15 KB for the token",
      "ok",
      [HOST, `Authentication: ${"a".repeat(15_000)}`, "Content-Length: 2"],
      "{}",
    ),
    polled("a header of 100 KB", "HTTP 431", [HOST, `X-Long: ${"a".repeat(100_000)}`, "Content-Length: 2"], "{}"),
    polled("2,000 headers", "HTTP 431", [HOST, ...Array(2_000).fill("a:1"), "Content-Length: 2"], "{}"),
    polled("130 headers", "HTTP 431", [HOST, ...Array(130).fill("a:1"), "Content-Length: 2"], "{}"),
    raw(
      "100 KB of headers behind a body",
      "HTTP 431",
      poll([HOST, "Transfer-Encoding: chunked"], undefined, `2\r\n{}\r\n0\r\nX-Long: ${"a".repeat(100_000)}\r\n\r\n`),
    ),
  ],
};
