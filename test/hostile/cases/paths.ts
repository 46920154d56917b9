import { CALLS, CONNECT, GRPC_WEB, type Host, type HostileCase, type HostileGroup, on } from "../hostile-case.ts";
import { exchange, requestText } from "../raw-http.ts";
import { GOOD_POLL, sendCall } from "../send-call.ts";

const SERVICE = "/skywalking.v3.ContinuousProfilingService";
const POLL = `${SERVICE}/queryPolicies`;
const OVER_HTTP: readonly Host[] = [...CONNECT, "Connect JSON", ...GRPC_WEB];

/** A path that no method has, as it stands on the wire. */
function path(name: string, target: string, answer = "HTTP 404"): HostileCase {
  const text = requestText(
    `POST ${target} HTTP/1.1`,
    ["Host: 127.0.0.1", "Content-Type: application/json", `Content-Length: ${GOOD_POLL.json.length}`],
    GOOD_POLL.json,
  );
  return { name, answers: { HTTP: answer }, send: (_host, { httpPort }) => exchange(httpPort, [text]) };
}

/** The same over every host of calls. */
function called(name: string, target: string, answers: HostileCase["answers"]): HostileCase {
  return { name, answers, send: (host, doors) => sendCall(host, doors, { path: target }) };
}

const nowhere = { ...on(OVER_HTTP, "HTTP 404"), "native gRPC": "unimplemented" };

export const paths: HostileGroup = {
  title: "Ways that lead nowhere",
  cases: [
    called("a service that there is not", "/skywalking.v3.NoSuchService/queryPolicies", nowhere),
    called("a method that there is not", `${SERVICE}/dropTables`, nowhere),
    called("a method of a prototype", `${SERVICE}/constructor`, nowhere),
    called("a method in other letters", `${SERVICE}/QueryPolicies`, nowhere),
    called("a slash too many at the end", `${POLL}/`, nowhere),
    called("a slash too many at the beginning", `/${POLL}`, nowhere),
    called("a query behind the path", `${POLL}?a=b`, { ...on(OVER_HTTP, "ok"), "native gRPC": "unimplemented" }),
    path("a path up and down again", `/a/..${POLL}`),
    path("the same, encoded", `/a/%2e%2e${POLL}`),
    path("the same, with the slash encoded", `/a/..%2f${POLL}`),
    path("a NUL in a path", `${POLL}%00`),
    path("a path with a percent sign that says nothing", `${POLL}%zz`, "HTTP 400"),
    path("a path of bytes that are no UTF-8", `${POLL}%ff`, "HTTP 400"),
    path("another's address in place of a path", `http://evil.example${POLL}`, "ok"), // as HTTP has it; calls do not depend on it
    path("an address that is none in place of a path", `http://[${POLL}`, "HTTP 400"),
    path("an address whose port is none in place of a path", `http://127.0.0.1:99999${POLL}`, "HTTP 400"),
    path("a star in place of a path", "*"),
    path("a path of 64 KB", `/${"a".repeat(65_536)}`, "HTTP 431"),
    called("a path of 64 KB, over HTTP/2", `/${"a".repeat(65_536)}`, { "native gRPC": "reset" }),
    {
      name: "GET where POST belongs",
      answers: on(OVER_HTTP, "HTTP 405"),
      send: (host, doors) => sendCall(host, doors, { verb: "GET" }),
    },
    {
      name: "PUT where POST belongs",
      answers: on(OVER_HTTP, "HTTP 405"),
      send: (host, doors) => sendCall(host, doors, { verb: "PUT" }),
    },
    ...["text/plain", "application/xml", "application/x-www-form-urlencoded"].map(
      (contentType): HostileCase => ({
        name: `a body of ${contentType}`,
        answers: on(CALLS, "HTTP 415"),
        send: (host, doors) => sendCall(host, doors, { contentType }),
      }),
    ),
    {
      name: "native gRPC at the HTTP port",
      answers: on(OVER_HTTP, "HTTP 415"),
      send: (host, doors) => sendCall(host, doors, { contentType: "application/grpc" }),
    },
  ],
};
