import { type Figure, type Measurement, measurement } from "./figure.ts";
import { type Contender, perServer, ratios, roundsInTurn, withServers } from "./rounds-in-turn.ts";
import type { FlashpointReady } from "./servers/flashpoint.ts";
import { EMPTY_GRPC_WEB, POLL_PATH, pollJson, pollMessage, pollRequest } from "./unchanged-poll.ts";

const ROUNDS = 5;
const CONNECTIONS = 64;
const LOAD = { connections: CONNECTIONS, inFlight: CONNECTIONS, warmUpMs: 1_000, measureMs: 3_000 };
/** What the design asks of the HTTP port, in terms of the least that Node can do. */
const LEAST_OF_RAW = 0.55;

/** The same poll and its answer, in each protocol of the HTTP port, with the headers that its clients send. */
const PROTOCOLS: readonly {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly expected: Buffer;
}[] = [
  {
    name: "gRPC-web",
    headers: { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" },
    body: pollRequest(),
    expected: EMPTY_GRPC_WEB,
  },
  {
    name: "Connect proto",
    headers: { "content-type": "application/proto", "connect-protocol-version": "1" },
    body: Buffer.from(pollMessage()),
    expected: Buffer.alloc(0),
  },
  {
    name: "Connect JSON",
    headers: { "content-type": "application/json", "connect-protocol-version": "1" },
    body: pollJson(),
    expected: Buffer.from("{}"),
  },
];

/** Unchanged polls answered by the HTTP port, beside a server that does nothing with the same requests. */
export const httpPolls: Figure = {
  name: "http-polls",
  meaning: "Polls for 10 unchanged services on the HTTP port, tokens required, against a server that does nothing",
  measure: (tell) =>
    withServers(async (start) => {
      const flashpoint = await start<FlashpointReady>("flashpoint");
      const raw = await start("raw-http1");
      const { token, httpPort } = flashpoint.told;
      const contenders = PROTOCOLS.flatMap(({ name, headers, body, expected }): Contender[] => {
        const load = new URL("./load/http1-load.ts", import.meta.url);
        const request = {
          path: POLL_PATH,
          headers: { ...headers, authentication: token },
          body: body.toString("base64"),
          expected: expected.toString("base64"),
          ...LOAD,
        };
        return [
          { name: `flashpoint, ${name}`, server: flashpoint.server, load, request: { ...request, port: httpPort } },
          { name: `raw-http1, ${name}`, server: raw.server, load, request: { ...request, port: raw.told.port } },
        ];
      });
      const rounds = await roundsInTurn(contenders, { rounds: ROUNDS, tell });
      const ratioOf = (name: string, index: number): Measurement => {
        const [own, others] = rounds.slice(2 * index);
        const what = `${name}: flashpoint / raw-http1`;
        return { ...measurement(what, "of calls/s", ratios(own, others)), atLeast: LEAST_OF_RAW };
      };
      return {
        measurements: [...perServer(contenders, rounds), ...PROTOCOLS.map(({ name }, index) => ratioOf(name, index))],
      };
    }),
};
