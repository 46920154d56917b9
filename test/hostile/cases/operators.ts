import type { HostileCase, HostileGroup } from "../hostile-case.ts";
import { exchange, requestText } from "../raw-http.ts";
import { sendCall } from "../send-call.ts";

const REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const POLL = "/skywalking.v3.ContinuousProfilingService/queryPolicies";

function asked(name: string, answer: string, path: string, headers: string[], verb = "GET"): HostileCase {
  const text = requestText(`${verb} ${path} HTTP/1.1`, headers);
  return { name, answers: { HTTP: answer }, send: (_host, { httpPort }) => exchange(httpPort, [text]) };
}

function reflected(name: string, header: Record<string, string>): HostileCase {
  return {
    name,
    answers: { "native gRPC": "unimplemented" },
    send: (host, doors) => sendCall(host, doors, { path: REFLECTION, header }),
  };
}

const HOST = "Host: 127.0.0.1";
const PAGE = ["Origin: https://evil.example", "Access-Control-Request-Method: POST"];

export const operators: HostileGroup = {
  title: "What is for operators, and what is for pages",
  cases: [
    ...["/metrics", "/measured?service=checkout"].flatMap((path) => [
      asked(`${path}, for another's Host`, "HTTP 404", path, ["Host: evil.example"]),
      asked(`${path}, for a Host that ends in localhost`, "HTTP 404", path, ["Host: evil.localhost"]),
      asked(`${path}, for a Host that begins with an address`, "HTTP 404", path, ["Host: 127.0.0.1.evil.example"]),
      asked(`${path}, through a proxy that says so`, "HTTP 404", path, [HOST, "X-Forwarded-For: 127.0.0.1"]),
      asked(`${path}, through a proxy, as RFC 7239 has it`, "HTTP 404", path, [HOST, "Forwarded: for=127.0.0.1"]),
      asked(`${path}, as another's address`, "HTTP 404", `http://evil.example${path}`, [HOST]),
    ]),
    asked(
      "/metrics, by HEAD and through a proxy",
      "HTTP 404",
      "/metrics",
      [HOST, "X-Forwarded-For: 127.0.0.1", "Connection: close"],
      "HEAD",
    ),
    reflected("reflection, for another's name", { ":authority": "evil.example" }),
    reflected("reflection, through a proxy", { "x-forwarded-for": "127.0.0.1" }),
    asked("a page that asks whether it may call", "HTTP 204", POLL, [HOST, ...PAGE], "OPTIONS"), // no cookie is read
    asked("a page that asks whether it may read metrics", "HTTP 404", "/metrics", [HOST, ...PAGE], "OPTIONS"),
  ],
};
