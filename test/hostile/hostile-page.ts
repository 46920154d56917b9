import { GROUPS } from "./groups.ts";
import { HOSTS, type HostileCase } from "./hostile-case.ts";

const INTRODUCTION = `# Hostile calls

What somebody may send who means no good, and what is answered, by every way in. Made from \`test/hostile/\` by
\`npm run docs:hostile\`; do not edit. \`npm test\` sends each case to a running server and to the Lambda handler, compares the
answer with this page, and asks for a poll afterwards, which has to be served. Answers are codes of RPCs, \`ok\` if a call is served as
any other, statuses of HTTP where there is no code, \`reset\` if a call, and \`closed\` if its connection is cut. A dash says that there
is no such case. No case is answered with an error of ours: INTERNAL, UNKNOWN or a status of 500 and more, but for what
Connect makes of UNIMPLEMENTED. What each limit is stands in [limits.md](limits.md).

| way in | what it is |
| --- | --- |
| native gRPC | the gRPC port |
| Connect, Connect JSON | the HTTP port, by Connect's protocol, in protobuf and in JSON |
| gRPC-web, gRPC-web text | the HTTP port, by gRPC-web in its two forms |
| HTTP | the HTTP port, in bytes that no library would send |
| Lambda | what answers behind the function URL |
`;

/** docs/hostile-calls.md: every case with the answers that are expected of it. */
export function hostilePage(): string {
  const parts = GROUPS.map(({ title, cases }) => {
    const hosts = HOSTS.filter((host) => cases.some(({ answers }) => answers[host] !== undefined));
    const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    const rowOf = ({ name, answers }: HostileCase): string => row([name, ...hosts.map((host) => answers[host] ?? "–")]);
    const head = [row(["what is sent", ...hosts]), row(["---", ...hosts.map(() => "---")])];
    return [`## ${title}`, "", ...head, ...cases.map(rowOf), ""].join("\n");
  });
  return [INTRODUCTION, ...parts].join("\n");
}
